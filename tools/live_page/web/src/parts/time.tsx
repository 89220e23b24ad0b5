// Times and ids, as people read them.

/** Shows a time of day; the whole time is in its title. */
export function Time({ at }: { at: string | null }) {
  if (!at) {
    return <span class="quiet">–</span>;
  }
  return <time dateTime={at} title={at}>{clock(at)}</time>;
}

/** Returns the time of day in this machine's zone, with milliseconds. */
export function clock(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) {
    return at;
  }
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** Returns an event type without the part that all have. */
export function shortEvent(eventType: string): string {
  return eventType.replace(/^ACTOR\.RUN\./, '');
}
