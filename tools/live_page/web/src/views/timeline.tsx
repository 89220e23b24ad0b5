// All steps on one time line, with a lane for each side.
import { useMemo, useState } from 'preact/hooks';
import type { Json, Lane, Step } from '../api/types';
import { hasEarlier, readEarlier, steps } from '../live/stream';
import { Action } from '../parts/action';
import { JsonTree } from '../parts/json_tree';
import { clock } from '../parts/time';
import { VirtualList } from '../parts/virtual_list';

const LANES: [Lane, string][] = [
  [ 'apify', 'Apify' ],
  [ 'delivery', 'Deliveries' ],
  [ 'job', 'Jobs' ],
  [ 'camunda', 'Camunda' ]
];
const ROW_PX = 30;

export function Timeline() {
  const [ selected, setSelected ] = useState<Step | null>(null);
  const [ words, setWords ] = useState('');
  const [ withDetails, setWithDetails ] = useState(false);
  const all = steps.value;
  const shown = useMemo(() => matching(all, words, withDetails), [ all, words, withDetails ]);
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <div class="row between">
        <h2 id="timeline-title">Time line <span class="quiet">({shown.length === all.length ? all.length : `${shown.length} of ${all.length}`} steps)</span></h2>
        <div class="row">
          <input type="search" aria-label="Show only steps with these words" placeholder="Find a run, key, word …" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
          <label class="check"><input type="checkbox" checked={withDetails} onChange={(event) => setWithDetails(event.currentTarget.checked)} /> small steps</label>
        </div>
      </div>
      <div class="lane-heads" aria-hidden="true"><span>Time</span>{LANES.map(([ lane, title ]) => <span key={lane} class={`lane-${lane}`}>{title}</span>)}</div>
      {hasEarlier.value && <Action class="small" run={readEarlier}>Read earlier steps</Action>}
      {shown.length === 0
        ? <p class="empty-box">{all.length === 0 ? 'Nothing has happened yet.' : 'No step has these words.'}</p>
        : <VirtualList
            items={shown}
            rowHeight={ROW_PX}
            label="Steps"
            keyOf={({ seq }) => seq}
            textOf={(step) => `${clock(step.at)}, ${step.who}: ${step.what}. ${line(step)}`}
            row={(step) => <Row step={step} />}
            selected={selected?.seq ?? null}
            onSelect={setSelected}
            followEnd
          />}
      {selected && <StepDetail step={selected} onClose={() => setSelected(null)} />}
    </section>
  );
}

function Row({ step }: { step: Step }) {
  return (
    <div class={`step lane-${step.lane}${isBad(step) ? ' bad' : ''}${step.isDetail ? ' detail' : ''}`}>
      <span class="step-time">{clock(step.at)}</span>
      <span class="step-body"><b>{step.what}</b> <span class="quiet">{line(step)}</span></span>
    </div>
  );
}

function StepDetail({ step, onClose }: { step: Step; onClose: () => void }) {
  return (
    <section class="step-detail" aria-label="The selected step" aria-live="polite">
      <div class="row between">
        <h3>{step.what} <span class="quiet">by {step.who}, {clock(step.at)}</span></h3>
        <button type="button" class="quiet-button" aria-label="Close the step" onClick={onClose}>✕</button>
      </div>
      <JsonTree value={step.facts} label="Facts of the step" openTo={2} />
    </section>
  );
}

const cache = new WeakMap<Step, string>();

/** Facts that are shown with the details of a step only. */
const FOR_PROGRAMS = new Set([
  'attempt_id', 'cold', 'dispatch', 'effect_key', 'element_kind', 'event_id', 'instance', 'job', 'job_key', 'key', 'ms', 'reference', 'registration_id', 'type',
  'until', 'webhook_id'
]);

/** Returns the facts of a step that a person reads, on one line. */
function line(step: Step): string {
  const found = cache.get(step);
  if (found !== undefined) {
    return found;
  }
  const made = Object.entries(step.facts)
    .filter(([ name, value ]) => value !== null && value !== '' && !FOR_PROGRAMS.has(name))
    .map(([ name, value ]) => `${name}=${inline(value)}`)
    .join('  ')
    .slice(0, 300);
  cache.set(step, made);
  return made;
}

function inline(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function matching(all: readonly Step[], words: string, withDetails: boolean): readonly Step[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0 && withDetails) {
    return all;
  }
  return all.filter((step) => {
    if (step.isDetail && !withDetails) {
      return false;
    }
    const text = wanted.length > 0 ? searched(step) : '';
    return wanted.every((word) => text.includes(word));
  });
}

const texts = new WeakMap<Step, string>();

function searched(step: Step): string {
  const found = texts.get(step) ?? `${step.who} ${step.what} ${Object.entries(step.facts).map(([ name, value ]) => `${name}=${inline(value)}`).join(' ')}`.toLowerCase();
  texts.set(step, found);
  return found;
}

function isBad(step: Step): boolean {
  return /fail|fault|incident|refused|rejected|error|given_up|timed|undelivered/i.test(step.what) || step.facts.level === 'ERROR';
}
