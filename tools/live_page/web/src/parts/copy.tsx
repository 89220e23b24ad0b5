// A button that copies a text, and says that it did.
import { useState } from 'preact/hooks';
import { notify } from '../live/announcing';

const SHOWN_MS = 1600;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [ isDone, setDone ] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      notify('The browser does not allow copying here. Select the text and copy it by hand.', 'bad');
      return;
    }
    setDone(true);
    notify(`Copied: ${label}.`);
    window.setTimeout(() => setDone(false), SHOWN_MS);
  }
  return (
    <button type="button" class="small" onClick={() => void copy()} aria-label={`Copy ${label}`}>
      {isDone ? 'Copied' : 'Copy'}
    </button>
  );
}
