// Puts the page into the document, and starts to follow the server.
import { render } from 'preact';
import { App } from './app';
import { follow } from './live/stream';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/views.css';
import './styles/diagram.css';

const root = document.getElementById('app');
if (root) {
  root.replaceChildren();
  render(<App />, root);
  follow();
}
