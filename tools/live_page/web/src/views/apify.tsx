// Apify's side: one time line of runs, deliveries and jobs, and what can be done at Apify.
import { useState } from 'preact/hooks';
import { path, post } from '../api/client';
import type { Apify, State } from '../api/types';
import { invalidate, useResource } from '../live/resource';
import * as resources from '../live/resources';
import { Action } from '../parts/action';
import { Badge } from '../parts/badge';
import { ViewHeading } from '../parts/heading';
import { route, select } from '../routing';
import { Deliveries } from './deliveries';
import { Runs } from './runs';
import { StartRunDialog } from './start_run';
import { Timeline } from './timeline';

export function ApifyView({ state }: { state: State }) {
  const found = useResource(resources.apify());
  const [ isStarting, setStarting ] = useState(route.value.query.start !== undefined);
  const apify = found.value.value;
  return (
    <div class="view apify-view">
      <div class="row between top-row">
        <ViewHeading note="Runs and deliveries at Apify, jobs and messages at Camunda, in the order in which they happened.">Apify</ViewHeading>
        {state.may.apify && apify?.available && <button type="button" class="primary" onClick={() => setStarting(true)}>Start a run …</button>}
      </div>
      {found.error.value && !found.isMissing.value && <p class="problem" role="alert">{found.error.value}</p>}
      <div class="apify-columns">
        <Timeline />
        <div class="side-stack">
          {apify && !apify.available && <p class="callout note">Apify itself cannot be read from here; the time line shows what the connector reports.</p>}
          {apify?.available && (
            <>
              <Runs runs={apify.runs} state={state} />
              <Deliveries deliveries={apify.deliveries} state={state} />
              <Webhooks apify={apify} state={state} />
              <Actors apify={apify} />
            </>
          )}
        </div>
      </div>
      {isStarting && apify && <StartRunDialog apify={apify} chosen={route.value.query.start ?? null} onClose={() => { setStarting(false); select({ start: null }); }} />}
    </div>
  );
}

function Webhooks({ apify, state }: { apify: Apify; state: State }) {
  const names = new Map([ ...apify.actors, ...apify.tasks ].map(({ id, name }) => [ id, name ]));
  return (
    <section class="panel" aria-labelledby="webhooks-title">
      <h2 id="webhooks-title">Webhooks ({apify.webhooks.length})</h2>
      {apify.webhooks.length === 0 && <p class="quiet">None. One appears when an element with an Apify template is deployed.</p>}
      <ul class="rows">
        {apify.webhooks.slice(0, 50).map((webhook) => (
          <li key={webhook.id} class="line">
            <p class="row">
              <b>{names.get(webhook.taskId ?? webhook.actorId ?? '') ?? webhook.taskId ?? webhook.actorId ?? 'A single run'}</b>
              <Badge tone="plain">{webhook.isAdHoc ? 'of a waiting job' : webhook.isOurs ? 'ours' : 'made by hand'}</Badge>
            </p>
            <p class="quiet">{webhook.eventTypes.join(', ')}</p>
            <p class="ellipsis"><code>{webhook.url}</code></p>
            {state.may.apify && !webhook.isAdHoc && (
              <Action
                class="small"
                label={`Send a test event of webhook ${webhook.id}`}
                run={async () => {
                  await post(path('apify', 'webhooks', webhook.id, 'test'));
                  invalidate([ 'apify', 'events' ]);
                  return 'A test event was sent.';
                }}
              >
                Send a test event
              </Action>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Actors({ apify }: { apify: Apify }) {
  return (
    <section class="panel" aria-labelledby="actors-title">
      <h2 id="actors-title">Actors and tasks</h2>
      <ul class="plain-list">
        {apify.actors.map(({ id, name, title }) => <li key={id}><code>{name}</code>{title && title !== name && <span class="quiet"> {title}</span>}</li>)}
        {apify.tasks.map(({ id, name }) => <li key={id}><code>{name}</code> <span class="quiet">task</span></li>)}
      </ul>
    </section>
  );
}
