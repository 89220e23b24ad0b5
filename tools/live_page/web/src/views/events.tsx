// The events that came, newest first; one that is selected shows its effects, verdicts and payload.
import { useRef } from 'preact/hooks';
import { path, post } from '../api/client';
import type { Effect, EventRow, State } from '../api/types';
import { invalidate, useResource } from '../live/resource';
import * as resources from '../live/resources';
import { Action } from '../parts/action';
import { StateBadge } from '../parts/badge';
import { ViewHeading } from '../parts/heading';
import { Time, clock, shortEvent } from '../parts/time';
import { VirtualList } from '../parts/virtual_list';
import { go } from '../routing';
import { Payload } from './payload';
import { OneVerdict } from './verdicts';
import { Said } from '../parts/said';

const ROW_PX = 54;

export function EventsView({ state, eventId }: { state: State; eventId: string | null }) {
  const found = useResource(resources.events());
  const items = found.value.value?.items ?? [];
  return (
    <div class="view events-view">
      <ViewHeading note="Each event is what one delivery reports: a run has reached a state. Its effects are messages that are published and instances that are created.">Events</ViewHeading>
      {found.error.value && <p class="problem" role="alert">{found.error.value}</p>}
      {found.value.value && items.length === 0 && (
        <p class="empty-box">No event yet. One comes when a run ends whose Actor or task has a webhook of ours.</p>
      )}
      {items.length > 0 && (
        <div class="event-columns">
          <VirtualList
            items={items}
            rowHeight={ROW_PX}
            label="Events, newest first"
            keyOf={({ id }) => id}
            textOf={(event) => `${shortEvent(event.eventType)} of ${event.actorName}, ${clock(event.at)}, ${event.state}`}
            row={(event) => <Row event={event} />}
            selected={eventId}
            onSelect={({ id }) => go('events', id)}
          />
          {eventId === null
            ? <p class="empty-box">Choose an event to see its payload and what became of it.</p>
            : <OneEvent key={eventId} eventId={eventId} state={state} />}
        </div>
      )}
    </div>
  );
}

function Row({ event }: { event: EventRow }) {
  return (
    <div class="event-row">
      <p class="row between"><b>{shortEvent(event.eventType)}</b><StateBadge state={event.state} /></p>
      <p class="row between quiet"><span class="ellipsis">{event.actorName} · {event.runId}</span><Time at={event.at} /></p>
    </div>
  );
}

function OneEvent({ eventId, state }: { eventId: string; state: State }) {
  const found = useResource(resources.eventDetail(eventId));
  const box = useRef<HTMLDivElement>(null);
  const event = found.value.value;
  return (
    <div class="event-detail" ref={box}>
      {found.error.value && <p class="problem" role="alert">{found.error.value}</p>}
      {event && (
        <>
          <div class="row between">
            <h2>{event.eventType} <span class="quiet">of {event.actorName}</span></h2>
            {state.may.ledger && <Replay eventId={eventId} />}
          </div>
          <Effects effects={event.effects} />
          {event.verdicts.length > 0 && (
            <section aria-labelledby="decided-title">
              <h3 id="decided-title">Who decided what</h3>
              <ul class="verdicts wide">
                {event.verdicts.map((verdict) => (
                  <li key={`${verdict.processId} ${verdict.elementId} ${verdict.at}`}>
                    <p><b>{verdict.elementId}</b> <span class="quiet">in {verdict.processId}</span></p>
                    <OneVerdict verdict={verdict} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          <Payload value={event.payload} mayEvaluate={state.may.feel} />
        </>
      )}
    </div>
  );
}

export function Effects({ effects }: { effects: Effect[] }) {
  if (effects.length === 0) {
    return <p class="quiet">It has no effect: no element took it.</p>;
  }
  return (
    <ul class="rows">
      {effects.map((effect) => (
        <li key={effect.key} class="line">
          <p class="row between"><span><b>{effect.elementId}</b> <span class="quiet">in {effect.processId} version {effect.version}</span></span><StateBadge state={effect.state} /></p>
          <p>{effect.outcome}</p>
          {effect.reason && <Said text={effect.reason} />}
        </li>
      ))}
    </ul>
  );
}

export function Replay({ eventId }: { eventId: string }) {
  return (
    <Action
      class="small"
      label={`Replay event ${eventId}`}
      run={async () => {
        const { message } = await post<{ message: string }>(path('events', eventId, 'replay'));
        invalidate([ 'events', 'ledger', 'instances' ]);
        return message;
      }}
    >
      Replay
    </Action>
  );
}
