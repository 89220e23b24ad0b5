// The ledger: effects by state, what is in doubt, attempts that wait for runs, parked and undelivered events.
import type { ComponentChildren } from 'preact';
import { path, post } from '../api/client';
import type { Attempt, EventRow, Ledger, State } from '../api/types';
import { invalidate, useResource } from '../live/resource';
import * as resources from '../live/resources';
import { Action } from '../parts/action';
import { StateBadge, stateTone } from '../parts/badge';
import { ViewHeading } from '../parts/heading';
import { Time } from '../parts/time';
import { href } from '../routing';
import { Effects, Replay } from './events';
import { Said } from '../parts/said';

export function LedgerView({ state }: { state: State }) {
  const found = useResource(resources.ledger());
  const ledger = found.value.value;
  return (
    <div class="view ledger-view">
      <ViewHeading note="What the connector has written down: nothing is lost, nothing happens twice, and what cannot be known is shown here.">Ledger</ViewHeading>
      {found.error.value && <p class="problem" role="alert">{found.error.value}</p>}
      {ledger && (
        <>
          <Counts counts={ledger.effectCounts} />
          <InDoubt rows={ledger.inDoubt} state={state} />
          <Attempts attempts={ledger.attempts} />
          <Queue title="Parked events" empty="No event is parked." rows={ledger.parked} state={state} />
          <Queue title="Undelivered events" empty="Every event was delivered." rows={ledger.undelivered} state={state} />
        </>
      )}
    </div>
  );
}

function Counts({ counts }: { counts: Ledger['effectCounts'] }) {
  const entries = Object.entries(counts);
  return (
    <section aria-labelledby="effects-title">
      <h2 id="effects-title">Effects by state</h2>
      {entries.length === 0 && <p class="quiet">No event has had an effect yet.</p>}
      <dl class="counts">
        {entries.map(([ name, count ]) => <div key={name} class={stateTone(name)}><dt>{name}</dt><dd>{count}</dd></div>)}
      </dl>
    </section>
  );
}

function InDoubt({ rows, state }: { rows: EventRow[]; state: State }) {
  return (
    <Part title={`In doubt or rejected (${rows.length})`} isEmpty={rows.length === 0} empty="Nothing is in doubt, and nothing was rejected.">
      <ul class="rows">
        {rows.map((row) => (
          <li key={row.id} class="line">
            <p class="row between">
              <a href={href('events', row.id)}>{row.eventType} of {row.actorName}</a>
              <Time at={row.at} />
            </p>
            <Effects effects={row.effects} />
            {state.may.ledger && (
              <p class="row">
                <Replay eventId={row.id} />
                <Resolve eventId={row.id} happened>It happened</Resolve>
                <Resolve eventId={row.id} happened={false}>It did not happen</Resolve>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Resolve({ eventId, happened, children }: { eventId: string; happened: boolean; children: string }) {
  return (
    <Action
      class="small"
      label={`${children}: event ${eventId}`}
      confirm={happened ? 'Note that it happened?' : 'Note that it did not happen?'}
      run={async () => {
        const { message } = await post<{ message: string }>(path('events', eventId, 'resolve'), { happened });
        invalidate([ 'events', 'ledger' ]);
        return message;
      }}
    >
      {children}
    </Action>
  );
}

function Attempts({ attempts }: { attempts: Attempt[] }) {
  return (
    <Part title={`Attempts of jobs (${attempts.length})`} isEmpty={attempts.length === 0} empty="No job has been attempted.">
      <div class="scroll">
        <table>
          <thead><tr><th>element</th><th>operation</th><th>state</th><th>run</th><th>since</th><th>looked at again</th></tr></thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={`${attempt.jobKey} ${attempt.since}`}>
                <td>{attempt.elementId}<br /><span class="quiet">{attempt.processId} · {attempt.instanceKey}</span></td>
                <td>{attempt.operation || '–'}</td>
                <td><StateBadge state={attempt.state} />{attempt.reason && <Said text={attempt.reason} />}</td>
                <td>{attempt.runId ? <code>{attempt.runId}</code> : '–'}</td>
                <td><Time at={attempt.since} /></td>
                <td><Time at={attempt.nextLook} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Part>
  );
}

interface QueueProps {
  title: string;
  empty: string;
  rows: { id: string; at: string; reason: string; attempts?: number }[];
  state: State;
}

function Queue({ title, empty, rows, state }: QueueProps) {
  return (
    <Part title={`${title} (${rows.length})`} isEmpty={rows.length === 0} empty={empty}>
      <ul class="rows">
        {rows.map((row) => (
          <li key={row.id} class="line">
            <p class="row between"><a href={href('events', row.id)}><code>{row.id}</code></a><Time at={row.at} /></p>
            <Said text={row.attempts === undefined ? row.reason : `${row.reason} (tried ${row.attempts} times)`} />
            {state.may.ledger && <Replay eventId={row.id} />}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Part({ title, isEmpty, empty, children }: { title: string; isEmpty: boolean; empty: string; children: ComponentChildren }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {isEmpty ? <p class="quiet">{empty}</p> : children}
    </section>
  );
}
