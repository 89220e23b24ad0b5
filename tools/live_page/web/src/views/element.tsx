// The elements of a process that carry Apify's templates, and the panel of one of them.
import { useEffect, useRef } from 'preact/hooks';
import { path, post } from '../api/client';
import type { ElementDetail, Process, State } from '../api/types';
import { useResource } from '../live/resource';
import * as resources from '../live/resources';
import { Action } from '../parts/action';
import { ElementBadge } from '../parts/badge';
import { select } from '../routing';
import { Correction, Properties } from './properties';
import { Verdicts } from './verdicts';
import { Said } from '../parts/said';

export function ElementList({ process }: { process: Process }) {
  return (
    <section aria-labelledby="elements-title">
      <h2 id="elements-title">Elements</h2>
      {process.elements.length === 0 && (
        <p class="quiet">{process.notes.length > 0 ? 'No element of this process is served. The warnings say why.' : 'No element of this process carries an Apify template.'}</p>
      )}
      <ul class="element-list">
        {process.elements.map((element) => (
          <li key={element.id}>
            <button type="button" class="element-button" id={`element-${element.id}`} onClick={() => select({ element: element.id })}>
              <span class="row between"><b>{element.name || element.id}</b><ElementBadge element={element} /></span>
              <span class="quiet">{plainType(element.bpmnType)} · {element.kind === 'inbound' ? 'gets events from Apify' : 'does something at Apify'}</span>
              <Said text={element.reason ?? element.statusText} />
              {element.notes.map((note) => <Said key={note} text={note} />)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function ElementPanel({ process, elementId, state }: { process: Process; elementId: string; state: State }) {
  const found = useResource(resources.elementDetail(process.key, elementId));
  const heading = useRef<HTMLHeadingElement>(null);
  const element = found.value.value;
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  function close() {
    select({ element: null });
    window.requestAnimationFrame(() => document.getElementById(`element-${elementId}`)?.focus());
  }
  return (
    <section class="element-panel" aria-labelledby="element-title" onKeyDown={(event) => event.key === 'Escape' && !event.defaultPrevented && close()}>
      <div class="row between">
        <h2 id="element-title" tabIndex={-1} ref={heading}>{element?.name || elementId}</h2>
        <button type="button" class="quiet-button" aria-label="Close the element" onClick={close}>✕</button>
      </div>
      {found.error.value && <p class="problem" role="alert">{found.error.value}</p>}
      {element && <Detail element={element} process={process} state={state} />}
    </section>
  );
}

function Detail({ element, process, state }: { element: ElementDetail; process: Process; state: State }) {
  return (
    <>
      <p class="row"><ElementBadge element={element} /><span class="quiet">{plainType(element.bpmnType)} · <code>{element.id}</code></span></p>
      <p>{element.statusText}</p>
      {element.reason && (
        <div class="callout bad">
          <Said text={element.reason} />
          {state.may.deploy && <Correction element={element} process={process} reason={element.reason} />}
        </div>
      )}
      {element.notes.map((note) => <div class="callout note" key={note}><Said text={note} /></div>)}
      {element.waitsFor.length > 0 && (
        <section aria-labelledby="waits-title">
          <h3 id="waits-title">What it waits for</h3>
          {element.waitsFor.map((wait) => <div class="callout wait" key={wait}><Said text={wait} /></div>)}
        </section>
      )}
      {element.kind === 'inbound' && <Verdicts verdicts={element.verdicts} />}
      {element.webhook && <Webhook element={element} state={state} />}
      <Properties element={element} process={process} mayDeploy={state.may.deploy} />
    </>
  );
}

function Webhook({ element, state }: { element: ElementDetail; state: State }) {
  const webhook = element.webhook!;
  return (
    <section aria-labelledby="webhook-title">
      <h3 id="webhook-title">Its webhook at Apify</h3>
      <dl class="facts">
        <div><dt>for</dt><dd>{webhook.target}</dd></div>
        <div><dt>events</dt><dd>{webhook.eventTypes.join(', ')}</dd></div>
        <div><dt>calls</dt><dd><code>{webhook.url}</code></dd></div>
        <div><dt>id</dt><dd><code>{webhook.id}</code></dd></div>
      </dl>
      {state.may.apify && (
        <Action
          class="small"
          run={async () => {
            await post(path('apify', 'webhooks', webhook.id, 'test'));
            return 'Apify sends a test event.';
          }}
        >
          Send a test event
        </Action>
      )}
    </section>
  );
}

const TYPES: { [type: string]: string } = {
  'bpmn:StartEvent': 'start event',
  'bpmn:IntermediateCatchEvent': 'intermediate catch event',
  'bpmn:BoundaryEvent': 'boundary event',
  'bpmn:ReceiveTask': 'receive task',
  'bpmn:ServiceTask': 'service task'
};

function plainType(type: string): string {
  return TYPES[type] ?? type.replace(/^bpmn:/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
