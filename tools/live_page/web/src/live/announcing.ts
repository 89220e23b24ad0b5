// What a screen reader is told, and what appears for some seconds at the edge of the page.
import { signal } from '@preact/signals';
import type { Step } from '../api/types';

export interface Notice {
  id: number;
  text: string;
  tone: 'good' | 'bad' | 'plain';
}

const SHOWN_MS = 6000;
let count = 0;

export const notices = signal<readonly Notice[]>([]);
export const spoken = signal('');

/** Shows a notice, which is read aloud too; a bad one stays until it is closed. */
export function notify(text: string, tone: Notice['tone'] = 'plain'): void {
  count += 1;
  const id = count;
  notices.value = [ ...notices.value.slice(-3), { id, text, tone } ];
  if (tone !== 'bad') {
    window.setTimeout(() => dismiss(id), SHOWN_MS);
  }
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

const NEWS: { [what: string]: (step: Step) => string } = {
  'incident.created': (step) => `Incident at ${text(step, 'element_id')}.`,
  'process.completed': (step) => `An instance of ${text(step, 'process_id')} has completed.`,
  'process.deployed': (step) => `${text(step, 'process_id')} was deployed.`
};

/** Reads the important ones among new steps aloud. */
export function announceSteps(steps: readonly Step[]): void {
  const news = steps.flatMap((step) => NEWS[step.what]?.(step) ?? []);
  if (news.length > 0) {
    spoken.value = [ ...new Set(news) ].slice(-3).join(' ');
  }
}

function text(step: Step, name: string): string {
  const value = step.facts[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'an element';
}
