// The address of a view is the part after #, so that the browser's back button and bookmarks work.
import { signal } from '@preact/signals';

export type ViewName = 'start' | 'process' | 'apify' | 'events' | 'ledger';

export interface Route {
  view: ViewName;
  key: string | null;
  query: { [name: string]: string };
}

const VIEWS: readonly ViewName[] = [ 'start', 'process', 'apify', 'events', 'ledger' ];

export const route = signal<Route>(parse(location.hash));

window.addEventListener('hashchange', () => {
  route.value = parse(location.hash);
});

/** Returns the address of a view. */
export function href(view: ViewName, key?: string | null, query: { [name: string]: string | null } = {}): string {
  const parts = [ view, ...(key ? [ encodeURIComponent(key) ] : []) ];
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null);
  const search = new URLSearchParams(given).toString();
  return `#/${parts.join('/')}${search ? `?${search}` : ''}`;
}

export function go(view: ViewName, key?: string | null, query: { [name: string]: string | null } = {}): void {
  location.hash = href(view, key, query);
}

/** Changes what is selected in the view that is open; without an entry in the browser's history. */
export function select(query: { [name: string]: string | null }): void {
  const { view, key, query: now } = route.value;
  const address = href(view, key, { ...now, ...query });
  history.replaceState(null, '', address);
  route.value = parse(address);
}

/** Returns the route that an address names. */
export function parse(hash: string): Route {
  const [ path = '', search = '' ] = hash.replace(/^#\/?/, '').split('?', 2);
  const [ first = '', second ] = path.split('/');
  const view = VIEWS.find((name) => name === first) ?? 'start';
  return { view, key: second ? decoded(second) : null, query: Object.fromEntries(new URLSearchParams(search)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
