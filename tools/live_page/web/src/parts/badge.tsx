// A state in words, with a colour and a sign: neither alone carries the meaning.
import type { ComponentChildren } from 'preact';
import type { Element, ElementStatus, Verdict } from '../api/types';

export type Tone = 'good' | 'wait' | 'bad' | 'plain' | 'note';

const SIGNS: { [tone in Tone]: string } = { good: '✓', wait: '◔', bad: '!', plain: '·', note: 'i' };

export function Badge({ tone, children, title }: { tone: Tone; children: ComponentChildren; title?: string }) {
  return (
    <span class={`badge ${tone}`} title={title}>
      <span class="sign" aria-hidden="true">{SIGNS[tone]}</span>
      {children}
    </span>
  );
}

const ELEMENT_TONES: { [status in ElementStatus]?: Tone } = {
  registered: 'good',
  ready: 'good',
  waiting: 'wait',
  faulty: 'bad',
  unknown: 'plain'
};

export function elementTone(element: Pick<Element, 'status' | 'notes'>): Tone {
  const tone = ELEMENT_TONES[element.status] ?? 'plain';
  return tone !== 'bad' && element.notes.length > 0 ? 'note' : tone;
}

/** Returns the state of an element in a word or two. */
export function elementText(element: Pick<Element, 'status' | 'notes'>): string {
  return element.status !== 'faulty' && element.notes.length > 0 ? `${element.status} · warning` : element.status;
}

export function ElementBadge({ element }: { element: Element }) {
  return <Badge tone={elementTone(element)}>{elementText(element)}</Badge>;
}

const GOOD = new Set([ 'SUCCEEDED', 'COMPLETED', 'done', 'succeeded', 'delivered', 'reported', 'closed', 'ended', 'DISPATCHED' ]);
const BAD = new Set([ 'FAILED', 'TIMED-OUT', 'ABORTED', 'rejected', 'failed', 'GIVEN_UP', 'undelivered', 'in doubt', 'attempted' ]);
const PLAIN = new Set([ 'TERMINATED', 'ignored', 'duplicate', 'none', 'canceled' ]);

/** Returns the tone of a state of a run, an instance, a delivery, an effect or an attempt. */
export function stateTone(state: string): Tone {
  if (GOOD.has(state)) {
    return 'good';
  }
  if (BAD.has(state)) {
    return 'bad';
  }
  return PLAIN.has(state) ? 'plain' : 'wait';
}

export function StateBadge({ state }: { state: string }) {
  return <Badge tone={stateTone(state)}>{state.toLowerCase().replace(/[-_]/g, ' ')}</Badge>;
}

const CONDITIONS: { [condition in Verdict['condition']]: [Tone, string] } = {
  true: [ 'good', 'condition true' ],
  false: [ 'wait', 'condition false' ],
  failed: [ 'bad', 'condition failed' ],
  none: [ 'plain', 'no condition' ]
};

export function ConditionBadge({ condition }: { condition: Verdict['condition'] }) {
  const [ tone, text ] = CONDITIONS[condition] ?? [ 'plain', condition ];
  return <Badge tone={tone}>{text}</Badge>;
}
