// The deliveries of webhooks, newest first, with each attempt and its answer.
import { useState } from 'preact/hooks';
import { path, post } from '../api/client';
import type { Delivery, State } from '../api/types';
import { invalidate } from '../live/resource';
import { Action } from '../parts/action';
import { Badge, StateBadge } from '../parts/badge';
import { Time, shortEvent } from '../parts/time';

const MOST = 50;

export function Deliveries({ deliveries, state }: { deliveries: Delivery[]; state: State }) {
  const [ shown, setShown ] = useState(10);
  return (
    <section class="panel" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">Deliveries ({deliveries.length})</h2>
      {deliveries.length === 0 && <p class="quiet">None yet. Apify calls a webhook when a run ends.</p>}
      <ul class="rows">
        {deliveries.slice(0, shown).map((delivery) => (
          <li key={delivery.id} class="line">
            <p class="row between"><b>{shortEvent(delivery.eventType)}</b><StateBadge state={delivery.status} /></p>
            {delivery.runId && <p class="quiet">run <code>{delivery.runId}</code></p>}
            {delivery.attempts.map((attempt) => (
              <p class="row" key={attempt.at}>
                <Badge tone={tone(attempt.httpStatus)}>{attempt.httpStatus ?? 'no answer'}</Badge>
                <span class="ellipsis grow"><code>{attempt.answer}</code></span>
                <Time at={attempt.at} />
              </p>
            ))}
            {state.may.apify && wasAnswered(delivery) && (
              <Action
                class="small"
                label={`Deliver ${delivery.id} again`}
                run={async () => {
                  await post(path('apify', 'deliveries', delivery.id, 'repeat'));
                  invalidate([ 'apify', 'events' ]);
                  return 'The delivery is sent again.';
                }}
              >
                Deliver again
              </Action>
            )}
          </li>
        ))}
      </ul>
      {deliveries.length > shown && <button type="button" class="small" onClick={() => setShown(shown + MOST)}>Show more</button>}
    </section>
  );
}

/** Returns whether its last attempt is over; one that is being made cannot be repeated. */
function wasAnswered({ attempts }: Delivery): boolean {
  const last = attempts.at(-1);
  return last !== undefined && (last.httpStatus !== null || last.answer !== '');
}

function tone(status: number | null) {
  return status !== null && status < 300 ? 'good' : 'bad';
}
