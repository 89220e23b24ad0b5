// The runs at Apify, newest first; one that goes on can be ended in each way.
import { useState } from 'preact/hooks';
import { path, post } from '../api/client';
import type { Run, State } from '../api/types';
import { invalidate } from '../live/resource';
import { Action } from '../parts/action';
import { StateBadge } from '../parts/badge';
import { Time } from '../parts/time';

const MOST = 50;
const ENDS = [ 'SUCCEEDED', 'FAILED', 'TIMED-OUT', 'ABORTED' ] as const;

export function Runs({ runs, state }: { runs: Run[]; state: State }) {
  const [ shown, setShown ] = useState(10);
  return (
    <section class="panel" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs ({runs.length})</h2>
      {runs.length === 0 && <p class="quiet">No run yet. A process starts one, or you do.</p>}
      <ul class="rows">
        {runs.slice(0, shown).map((run) => (
          <li key={run.id} class="line">
            <p class="row between">
              <b>{run.actorName}</b>
              <StateBadge state={run.status} />
            </p>
            <p class="row between quiet"><code>{run.id}</code><Time at={run.finishedAt ?? run.startedAt} /></p>
            {run.startedBy && <p class="quiet">started by {run.startedBy}</p>}
            {run.finishedAt === null && state.may.apify && <Finish run={run} />}
          </li>
        ))}
      </ul>
      {runs.length > shown && <button type="button" class="small" onClick={() => setShown(shown + MOST)}>Show more</button>}
    </section>
  );
}

function Finish({ run }: { run: Run }) {
  return (
    <p class="row" role="group" aria-label={`End run ${run.id}`}>
      <span class="quiet">End it as</span>
      {ENDS.map((status) => (
        <Action
          key={status}
          class="small"
          label={`End run ${run.id} as ${status}`}
          run={async () => {
            await post(path('apify', 'runs', run.id, 'finish'), { status });
            invalidate([ 'apify', 'events' ]);
            return `Run ${run.id} ends as ${status}.`;
          }}
        >
          {status}
        </Action>
      ))}
    </p>
  );
}
