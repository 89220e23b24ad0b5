// The answers of the API, as the server sends them.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Section = 'processes' | 'instances' | 'apify' | 'events' | 'ledger' | 'state';

export interface May {
  deploy: boolean;
  start: boolean;
  cancel: boolean;
  resolveIncident: boolean;
  apify: boolean;
  ledger: boolean;
  pause: boolean;
  save: boolean;
  feel: boolean;
}

export interface State {
  mode: 'local' | 'stack';
  title: string;
  version: string;
  may: May;
  addresses: { name: string; label: string; value: string }[];
  examples: { name: string; title: string; description: string }[];
  paused: { inbound: boolean; outbound: boolean } | null;
}

export type ElementStatus = 'registered' | 'waiting' | 'faulty' | 'ready' | 'inactive' | 'unknown';

export interface Element {
  id: string;
  name: string;
  kind: 'inbound' | 'outbound';
  bpmnType: string;
  template: string | null;
  status: ElementStatus;
  statusText: string;
  reason: string | null;
  notes: string[];
}

export interface Process {
  key: string;
  processId: string;
  version: number;
  name: string;
  tenantId: string;
  resourceName: string;
  isLatest: boolean;
  counts: { active: number; completed: number; terminated: number; incidents: number };
  elements: Element[];
  notes: string[];
}

export interface Verdict {
  eventId: string;
  at: string;
  eventType: string;
  runId: string;
  condition: 'true' | 'false' | 'failed' | 'none';
  expression: string | null;
  values: { path: string; value: Json }[];
  correlationKey: string | null;
  outcome: string;
  reason: string | null;
  version: number;
  isOfReceiver: boolean;
}

export interface ElementDetail extends Element {
  properties: { name: string; value: string; isSecret: boolean }[];
  waitsFor: string[];
  webhook: { id: string; url: string; target: string; eventTypes: string[] } | null;
  verdicts: Verdict[];
}

export interface Incident {
  key: string;
  elementId: string;
  kind: string;
  message: string;
  since: string | null;
}

export interface Instance {
  key: string;
  processId: string;
  processKey: string;
  version: number;
  state: 'ACTIVE' | 'COMPLETED' | 'TERMINATED';
  startedAt: string;
  endedAt: string | null;
  tokens: { elementId: string; count: number }[];
  passed: string[];
  incidents: Incident[];
  waits: string[];
}

export interface Variable {
  name: string;
  value: Json;
  scope: string;
}

export interface Run {
  id: string;
  actorId: string;
  actorName: string;
  taskId: string | null;
  status: string;
  startedAt: string;
  finishedAt: string | null;
  datasetId: string | null;
  startedBy: string | null;
}

export interface Webhook {
  id: string;
  actorId: string | null;
  taskId: string | null;
  eventTypes: string[];
  url: string;
  isOurs: boolean;
  isAdHoc: boolean;
}

export interface Delivery {
  id: string;
  webhookId: string;
  runId: string | null;
  eventType: string;
  at: string;
  status: string;
  attempts: { at: string; httpStatus: number | null; answer: string }[];
}

export interface Apify {
  available: boolean;
  actors: { id: string; name: string; title: string }[];
  tasks: { id: string; name: string; actorId: string }[];
  runs: Run[];
  webhooks: Webhook[];
  deliveries: Delivery[];
}

export type Lane = 'apify' | 'delivery' | 'camunda' | 'job' | 'local';

export interface Step {
  seq: number;
  at: string;
  who: string;
  what: string;
  lane: Lane;
  facts: { [name: string]: Json };
  isDetail: boolean;
}

export interface Effect {
  key: string;
  elementId: string;
  processId: string;
  version: number;
  state: string;
  outcome: string;
  reason: string | null;
  route: string;
  at: string;
}

export interface EventRow {
  id: string;
  eventType: string;
  runId: string;
  actorName: string;
  at: string;
  state: string;
  effects: Effect[];
}

export interface EventDetail extends EventRow {
  payload: Json;
  verdicts: (Verdict & { elementId: string; processId: string })[];
}

export interface Attempt {
  jobKey: string;
  elementId: string;
  processId: string;
  instanceKey: string;
  operation: string;
  state: string;
  runId: string | null;
  since: string;
  nextLook: string | null;
  reason: string | null;
}

export interface Ledger {
  effectCounts: { [state: string]: number };
  inDoubt: EventRow[];
  parked: { id: string; at: string; reason: string; attempts: number }[];
  undelivered: { id: string; at: string; reason: string }[];
  attempts: Attempt[];
}

export interface FeelAnswer {
  ok: boolean;
  value: Json;
  type: string;
  text: string;
  failures: string[];
  error: { message: string; line: number; column: number; excerpt: string } | null;
}

export interface Deployed {
  processes: { processId: string; version: number; key: string }[];
}
