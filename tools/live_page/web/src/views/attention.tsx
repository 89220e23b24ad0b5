// Why a process does not go on, in sentences: faults, warnings, incidents, waits with their cause.
import type { ComponentChildren } from 'preact';
import type { Instance, Process, State } from '../api/types';
import type { Tone } from '../parts/badge';
import { href, select } from '../routing';
import { ResolveIncident } from './incident';
import { Said } from '../parts/said';

const MOST = 5;

interface Point {
  id: string;
  tone: Tone;
  where: string;
  elementId: string | null;
  instanceKey: string | null;
  text: string;
  action?: ComponentChildren;
}

export interface AttentionProps {
  process: Process;
  others: Process[];
  instances: Instance[];
  state: State;
}

export function Attention({ process, others, instances, state }: AttentionProps) {
  const points = [ ...pointsOf(process, instances, state), ...ofOlder(process, others) ];
  if (points.length === 0) {
    return null;
  }
  return (
    <section class="attention" aria-labelledby="attention-title">
      <h2 id="attention-title">{points.every(({ tone }) => tone === 'note') ? 'Good to know' : 'Why it does not go on'}</h2>
      <ul>
        {points.slice(0, MOST).map((point) => (
          <li key={point.id} class={`point ${point.tone}`}>
            <span class="sign" aria-hidden="true">{point.tone === 'wait' ? '◔' : point.tone === 'note' ? 'i' : '!'}</span>
            <div>
              <p class="where">{point.where}</p>
              <Said text={point.text} />
              <p class="row">
                {point.elementId && <button type="button" class="small" onClick={() => select({ element: point.elementId })}>Look at {nameOf(process, point.elementId)}</button>}
                {point.instanceKey && <button type="button" class="small" onClick={() => select({ instance: point.instanceKey })}>Show this instance</button>}
                {point.action}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {points.length > MOST && <p class="quiet">and {points.length - MOST} more; the list of instances has them.</p>}
    </section>
  );
}

function pointsOf(process: Process, instances: Instance[], state: State): Point[] {
  return [
    ...process.elements.filter(({ status }) => status === 'faulty').map((element): Point => ({
      id: `fault ${element.id}`,
      tone: 'bad',
      where: `${element.name || element.id} is faulty`,
      elementId: element.id,
      instanceKey: null,
      text: element.reason ?? 'No reason is known.'
    })),
    ...process.notes.map((note): Point => ({
      id: `note of process ${note}`,
      tone: 'note',
      where: 'Warning',
      elementId: null,
      instanceKey: null,
      text: note
    })),
    ...process.elements.flatMap((element) => element.notes.map((note): Point => ({
      id: `note ${element.id} ${note}`,
      tone: 'note',
      where: `Warning at ${element.name || element.id}`,
      elementId: element.id,
      instanceKey: null,
      text: note
    }))),
    ...instances.filter(({ state }) => state === 'ACTIVE').flatMap((instance) => ofInstance(process, instance, state))
  ];
}

/** Points to instances that go on with an older version. */
function ofOlder(process: Process, others: Process[]): Point[] {
  const older = others.filter((other) => (
    other.processId === process.processId && other.tenantId === process.tenantId && other.version < process.version && other.counts.active > 0
  ));
  return older.map((other) => ({
    id: `older ${other.key}`,
    tone: 'note',
    where: `Version ${other.version} is still used`,
    elementId: null,
    instanceKey: null,
    text: `${other.counts.active === 1 ? 'One instance goes' : `${other.counts.active} instances go`} on with version ${other.version}; what was changed later does not reach it.`,
    action: <a class="button small" href={href('process', other.key)}>Show version {other.version}</a>
  }));
}

function ofInstance(process: Process, instance: Instance, state: State): Point[] {
  const incidents = instance.incidents.map((incident): Point => ({
    id: `incident ${incident.key}`,
    tone: 'bad',
    where: `Incident ${incident.kind} in instance ${instance.key}`,
    elementId: known(process, incident.elementId),
    instanceKey: instance.key,
    text: incident.message,
    action: state.may.resolveIncident && <ResolveIncident incidentKey={incident.key} />
  }));
  const waits = incidents.length > 0 ? [] : instance.waits.map((wait): Point => ({
    id: `wait ${instance.key} ${wait}`,
    tone: 'wait',
    where: `Instance ${instance.key} waits`,
    elementId: process.elements.find(({ id }) => wait.startsWith(`${id} `))?.id ?? null,
    instanceKey: instance.key,
    text: wait
  }));
  return [ ...incidents, ...waits ];
}

function nameOf(process: Process, elementId: string): string {
  return process.elements.find(({ id }) => id === elementId)?.name || elementId;
}

function known(process: Process, elementId: string): string | null {
  return process.elements.some(({ id }) => id === elementId) ? elementId : null;
}
