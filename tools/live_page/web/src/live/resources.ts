// The resources of the views, by name.
import { getText, path } from '../api/client';
import type {
  Apify, ElementDetail, EventDetail, EventRow, Instance, Ledger, Process, State, Variable
} from '../api/types';
import { resource, type Resource } from './resource';

export const state = (): Resource<State> => resource('state', [ 'state' ]);
export const processes = (): Resource<{ items: Process[] }> => resource('processes', [ 'processes', 'instances' ]);
export const apify = (): Resource<Apify> => resource('apify', [ 'apify' ]);
export const ledger = (): Resource<Ledger> => resource('ledger', [ 'ledger', 'events' ]);
export const events = (): Resource<{ items: EventRow[]; cursor: string | null }> =>
  resource('events?limit=500', [ 'events' ]);
export const eventDetail = (id: string): Resource<EventDetail> => resource(path('events', id), [ 'events' ]);

export const instances = (processKey: string): Resource<{ items: Instance[]; total: number }> =>
  resource(`instances?processKey=${encodeURIComponent(processKey)}&limit=200`, [ 'instances' ]);
export const variables = (instanceKey: string): Resource<{ items: Variable[] }> =>
  resource(path('instances', instanceKey, 'variables'), [ 'instances' ]);

export const elementDetail = (processKey: string, elementId: string): Resource<ElementDetail> =>
  resource(path('processes', processKey, 'elements', elementId), [ 'processes', 'events', 'instances' ]);

export const diagram = (processKey: string): Resource<string> => {
  const address = path('processes', processKey, 'xml');
  return resource(address, [], () => getText(address));
};
