// What the page has read from the API. A resource is read again when its section changed and it is visible.
import { signal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError, get, messageOf } from '../api/client';
import type { Section } from '../api/types';

const SHORTEST_PAUSE_MS = 1000;
const MOST_KEPT = 60;

export class Resource<T> {
  readonly value: Signal<T | null> = signal(null);
  readonly error: Signal<string | null> = signal(null);
  readonly isMissing: Signal<boolean> = signal(false);
  private viewers = 0;
  private isStale = true;
  private readAt = -Infinity;
  private timer: number | null = null;
  private isReading = false;

  constructor(
    readonly sections: readonly Section[],
    private readonly read: () => Promise<T>
  ) {}

  get isVisible(): boolean {
    return this.viewers > 0;
  }

  /** Notes that the server has something newer; it is read now if someone looks at it. */
  invalidate(): void {
    this.isStale = true;
    if (this.isVisible) {
      this.plan();
    }
  }

  show(): void {
    this.viewers += 1;
    if (this.isStale) {
      this.plan();
    }
  }

  hide(): void {
    this.viewers -= 1;
  }

  /** Reads now; for what the user has just changed. */
  async refresh(): Promise<void> {
    if (this.isReading) {
      this.isStale = true;
      return;
    }
    this.isReading = true;
    this.isStale = false;
    this.readAt = performance.now();
    try {
      this.value.value = await this.read();
      this.error.value = null;
      this.isMissing.value = false;
    } catch (error) {
      this.error.value = messageOf(error);
      this.isMissing.value = error instanceof ApiError && error.status === 404;
    } finally {
      this.isReading = false;
      if (this.isStale && this.isVisible) {
        this.plan();
      }
    }
  }

  private plan(): void {
    if (this.timer !== null) {
      return;
    }
    const pause = Math.max(0, this.readAt + SHORTEST_PAUSE_MS - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = null;
      void this.refresh();
    }, pause);
  }
}

const kept = new Map<string, Resource<unknown>>();

/** Returns the resource under a path of the API; the same one for the same path. */
export function resource<T>(
  path: string,
  sections: readonly Section[],
  read: () => Promise<T> = () => get<T>(path)
): Resource<T> {
  const found = kept.get(path) as Resource<T> | undefined;
  if (found) {
    return found;
  }
  forgetSome();
  const made = new Resource<T>(sections, read);
  kept.set(path, made as Resource<unknown>);
  return made;
}

/** Reads a resource while the component is on the page. */
export function useResource<T>(found: Resource<T>): Resource<T> {
  useEffect(() => {
    found.show();
    return () => found.hide();
  }, [found]);
  return found;
}

/** Notes which sections changed; without any, all. */
export function invalidate(sections?: readonly Section[]): void {
  for (const each of kept.values()) {
    if (!sections || each.sections.some((section) => sections.includes(section))) {
      each.invalidate();
    }
  }
}

function forgetSome(): void {
  for (const [path, each] of kept) {
    if (kept.size < MOST_KEPT) {
      return;
    }
    if (!each.isVisible) {
      kept.delete(path);
    }
  }
}
