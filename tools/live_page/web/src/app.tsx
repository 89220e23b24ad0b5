// The frame of the page: header, views, notices.
import { useEffect, useState } from 'preact/hooks';
import type { State } from './api/types';
import { dismiss, notices, spoken } from './live/announcing';
import { useResource } from './live/resource';
import * as resources from './live/resources';
import { connection } from './live/stream';
import { DropAnywhere } from './parts/deploying';
import { href, route, type ViewName } from './routing';
import { ApifyView } from './views/apify';
import { EventsView } from './views/events';
import { LedgerView } from './views/ledger';
import { ProcessView } from './views/process';
import { SaveDialog } from './views/save';
import { StartView } from './views/start';

const VIEWS: [ViewName, string][] = [
  [ 'start', 'Start' ],
  [ 'process', 'Processes' ],
  [ 'apify', 'Apify' ],
  [ 'events', 'Events' ],
  [ 'ledger', 'Ledger' ]
];

export function App() {
  const state = useResource(resources.state());
  const { view, key } = route.value;
  useEffect(() => {
    document.title = `${VIEWS.find(([ name ]) => name === view)?.[1] ?? ''} · ${state.value.value?.title ?? 'apify-camunda'}`;
  }, [ view, state.value.value ]);
  const found = state.value.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>Skip to content</button>
      <Header state={found} />
      <main id="main" tabIndex={-1}>
        {found ? <View view={view} viewKey={key} state={found} /> : <Waiting problem={state.error.value} />}
      </main>
      {found?.may.deploy && <DropAnywhere />}
      <Notices />
    </>
  );
}

function View({ view, viewKey, state }: { view: ViewName; viewKey: string | null; state: State }) {
  switch (view) {
    case 'start': return <StartView state={state} />;
    case 'process': return <ProcessView state={state} processKey={viewKey} />;
    case 'apify': return <ApifyView state={state} />;
    case 'events': return <EventsView state={state} eventId={viewKey} />;
    case 'ledger': return <LedgerView state={state} />;
  }
}

function Header({ state }: { state: State | null }) {
  const [ isSaving, setSaving ] = useState(false);
  return (
    <header class="top">
      <a class="brand" href={href('start')}>
        <img src="icon.svg" alt="" width="26" height="26" />
        <span>{state?.title ?? 'apify-camunda'}</span>
      </a>
      {state && <span class="mode">{state.mode === 'local' ? 'local run' : 'stack'}</span>}
      <nav aria-label="Views">
        {VIEWS.map(([ view, title ]) => (
          <a key={view} href={href(view)} aria-current={route.value.view === view ? 'page' : undefined}>{title}</a>
        ))}
      </nav>
      <span class="spacer" />
      <Connection />
      {state?.may.save && <button type="button" onClick={() => setSaving(true)}>Save as …</button>}
      {isSaving && <SaveDialog onClose={() => setSaving(false)} />}
    </header>
  );
}

function Connection() {
  const now = connection.value;
  const text = { connecting: 'connecting', live: 'live', lost: 'not connected' }[now];
  return (
    <span class={`connection ${now}`} role="status">
      <span class="dot" aria-hidden="true" />{text}
    </span>
  );
}

function Waiting({ problem }: { problem: string | null }) {
  return problem === null
    ? <p class="quiet padded">Reading …</p>
    : <p class="problem padded" role="alert">{problem}</p>;
}

function Notices() {
  return (
    <>
      <div class="hidden" aria-live="polite">{spoken.value}</div>
      <div class="notices" role="region" aria-label="Notices" aria-live="polite">
        {notices.value.map(({ id, text, tone }) => (
          <div key={id} class={`notice ${tone}`}>
            <span>{text}</span>
            <button type="button" class="quiet-button" aria-label="Close the notice" onClick={() => dismiss(id)}>✕</button>
          </div>
        ))}
      </div>
    </>
  );
}
