// Follows the server's events: new steps, and which sections changed.
import { signal } from '@preact/signals';
import { get } from '../api/client';
import type { Section, Step } from '../api/types';
import { announceSteps } from './announcing';
import { invalidate } from './resource';

const MOST_STEPS = 50_000;
const PAGE = 1000;

/** All steps that the page knows, oldest first. */
export const steps = signal<readonly Step[]>([]);
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');
export const hasEarlier = signal(false);

interface TimelinePage {
  steps: Step[];
}

/** Connects, and stays connected. */
export function follow(): void {
  const source = new EventSource('api/stream');
  source.addEventListener('hello', (event) => void onHello(JSON.parse(event.data) as { lastSeq: number }));
  source.addEventListener('step', (event) => append(JSON.parse(event.data) as Step[]));
  source.addEventListener('changed', (event) => {
    invalidate((JSON.parse(event.data) as { sections: Section[] }).sections);
  });
  source.addEventListener('open', () => {
    if (connection.value === 'lost') {
      invalidate();
    }
    connection.value = 'live';
  });
  source.addEventListener('error', () => {
    connection.value = 'lost';
    if (source.readyState === EventSource.CLOSED) { // the browser does not try again by itself
      window.setTimeout(follow, 3000);
    }
  });
}

/** Reads the page of steps before the first one that is known. */
export async function readEarlier(): Promise<void> {
  const before = steps.value[0]?.seq;
  if (before === undefined) {
    return;
  }
  const page = await get<TimelinePage>(`timeline?before=${before}&limit=${PAGE}`);
  take(page.steps);
  hasEarlier.value = page.steps.length >= PAGE;
}

async function onHello({ lastSeq }: { lastSeq: number }): Promise<void> {
  const known = steps.value.at(-1)?.seq;
  if (known !== undefined && known <= lastSeq) {
    return; // what is missing follows on the stream
  }
  steps.value = [];
  const page = await get<TimelinePage>(`timeline?before=${lastSeq + 1}&limit=${PAGE}`);
  take(page.steps);
  hasEarlier.value = page.steps.length >= PAGE;
}

function append(news: Step[]): void {
  const fresh = take(news);
  announceSteps(fresh);
}

/** Merges steps in the order of their numbers, and returns those that were not known. */
function take(news: readonly Step[]): Step[] {
  const known = steps.value;
  const first = known[0]?.seq ?? Infinity;
  const last = known.at(-1)?.seq ?? -Infinity;
  const earlier = news.filter(({ seq }) => seq < first);
  const later = known.length > 0 ? news.filter(({ seq }) => seq > last) : [];
  const all = [ ...earlier, ...known, ...later ];
  steps.value = all.length > MOST_STEPS ? all.slice(-MOST_STEPS) : all;
  return [ ...earlier, ...later ];
}
