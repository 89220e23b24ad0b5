// Answers of the API for the fake server: a small world, a hostile one, and one with many steps.
import type {
  Apify, ElementDetail, EventDetail, EventRow, FeelAnswer, Instance, Json, Ledger, Process, State, Step, Variable
} from '../src/api/types';

export interface World {
  state: State;
  processes: Process[];
  xml: string;
  details: { [elementId: string]: ElementDetail };
  instances: Instance[];
  variables: Variable[];
  apify: Apify;
  steps: Step[];
  events: EventRow[];
  event: EventDetail;
  ledger: Ledger;
  feel: FeelAnswer;
}

const MAY = {
  deploy: true, start: true, cancel: true, resolveIncident: true, apify: true, ledger: true, pause: true, save: true, feel: true
};
const AT = '2026-03-01T08:02:31.250Z';
const WAIT = 'Catch waits for message \'finished\' with key \'run-1\' (a message of this name came with key \'null\': the two correlation keys differ)';

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="D" targetNamespace="t">
  <bpmn:process id="crawl" name="NAME" isExecutable="true">
    <bpmn:startEvent id="Start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:serviceTask id="Run" name="NAME"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:intermediateCatchEvent id="Catch" name="NAME"><bpmn:extensionElements><zeebe:properties><zeebe:property name="correlationKeyExpression" value="=connectorData.runid" /></zeebe:properties></bpmn:extensionElements><bpmn:incoming>f2</bpmn:incoming><bpmn:messageEventDefinition id="m" messageRef="Message" /></bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="Start" targetRef="Run" /><bpmn:sequenceFlow id="f2" sourceRef="Run" targetRef="Catch" />
  </bpmn:process>
  <bpmn:message id="Message" name="finished"><bpmn:extensionElements><zeebe:subscription correlationKey="=runId" /></bpmn:extensionElements></bpmn:message>
  <bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="p" bpmnElement="crawl">
    <bpmndi:BPMNShape id="s1" bpmnElement="Start"><dc:Bounds x="100" y="122" width="36" height="36" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="Run"><dc:Bounds x="200" y="100" width="100" height="80" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="Catch"><dc:Bounds x="360" y="122" width="36" height="36" /></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="f1"><di:waypoint x="136" y="140" /><di:waypoint x="200" y="140" /></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e2" bpmnElement="f2"><di:waypoint x="300" y="140" /><di:waypoint x="360" y="140" /></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>`;

/** Returns a world in which every text that could come from outside is `text`, if one is given. */
export function world(text?: string): World {
  const say = (plain: string) => text ?? plain;
  const verdict = {
    eventId: 'event-1', at: AT, eventType: say('ACTOR.RUN.SUCCEEDED'), runId: say('run-1'), condition: 'true' as const,
    expression: say('= connectorData.status = "SUCCEEDED"'), values: [ { path: say('connectorData.status'), value: say('SUCCEEDED') } ],
    correlationKey: say('null'), outcome: say('published'), reason: say('The correlation key is null.'), version: 1, isOfReceiver: true
  };
  const elements: ElementDetail[] = [
    {
      id: 'Run', name: say('Run the crawler'), kind: 'outbound', bpmnType: 'bpmn:ServiceTask', template: null, status: 'ready',
      statusText: say('ready'), reason: null, notes: [], properties: [ { name: say('actorId'), value: say('acme/crawler'), isSecret: false } ],
      waitsFor: [], webhook: null, verdicts: []
    },
    {
      id: 'Catch', name: say('Wait for it'), kind: 'inbound', bpmnType: 'bpmn:IntermediateCatchEvent', template: null, status: 'registered',
      statusText: say('registered'), reason: text ?? null, notes: [ say('The condition never matches: runid is not a field of the event.') ],
      properties: [
        { name: say('correlationKeyExpression'), value: say('=connectorData.runid'), isSecret: false },
        { name: 'authentication.token', value: '{{secrets.APIFY_TOKEN}}', isSecret: true }
      ],
      waitsFor: [ say(WAIT) ],
      webhook: { id: 'hook-1', url: say('http://127.0.0.1:1/apify/1'), target: say('acme/crawler'), eventTypes: [ say('ACTOR.RUN.SUCCEEDED') ] },
      verdicts: [ verdict ]
    }
  ];
  const event: EventRow = {
    id: 'event-1', eventType: say('ACTOR.RUN.SUCCEEDED'), runId: say('run-1'), actorName: say('acme/crawler'), at: AT, state: say('done'),
    effects: [ { key: 'effect-1', elementId: say('Catch'), processId: say('crawl'), version: 1, state: say('rejected'), outcome: say('published'), reason: say('No reason.'), route: say('message'), at: AT } ]
  };
  return {
    state: {
      mode: 'local', title: say('apify-camunda'), version: '1', may: MAY,
      addresses: [ { name: 'http_url', label: say('HTTP API'), value: say('http://127.0.0.1:1') } ],
      examples: [ { name: 'async-actor', title: say('Run an Actor'), description: say('Without waiting for it.') } ],
      paused: { inbound: false, outbound: true }
    },
    processes: [ {
      key: '1', processId: say('crawl'), version: 1, name: say('Crawl'), tenantId: '<default>', resourceName: say('crawl.bpmn'), isLatest: true,
      counts: { active: 1, completed: 0, terminated: 0, incidents: 1 }, elements, notes: [ say('Other has the job type \'x\'.') ]
    } ],
    xml: XML.replaceAll('NAME', escaped(say('Run the crawler'))),
    details: Object.fromEntries(elements.map((each) => [ each.id, each ])),
    instances: [ {
      key: '11', processId: say('crawl'), processKey: '1', version: 1, state: 'ACTIVE', startedAt: AT, endedAt: null,
      tokens: [ { elementId: 'Catch', count: 1 } ], passed: [ 'Start', 'Run' ], incidents: [], waits: [ say(WAIT) ]
    }, {
      key: '12', processId: say('crawl'), processKey: '1', version: 1, state: 'ACTIVE', startedAt: AT, endedAt: null,
      tokens: [ { elementId: 'Run', count: 1 } ], passed: [ 'Start' ], waits: [],
      incidents: [ { key: 'i-1', elementId: 'Run', kind: say('JOB_NO_RETRIES'), message: say('The Actor was not found.'), since: AT } ]
    } ],
    variables: [ { name: say('query'), value: hostileTree(say('tea')), scope: '' } ],
    apify: {
      available: true,
      actors: [ { id: 'a1', name: say('acme/crawler'), title: say('Crawler') } ],
      tasks: [ { id: 't1', name: say('acme/crawl-acme'), actorId: 'a1' } ],
      runs: [ { id: 'run-1', actorId: 'a1', actorName: say('acme/crawler'), taskId: null, status: 'RUNNING', startedAt: AT, finishedAt: null, datasetId: null, startedBy: say('the process crawl') } ],
      webhooks: [ { id: 'hook-1', actorId: 'a1', taskId: null, eventTypes: [ say('ACTOR.RUN.SUCCEEDED') ], url: say('http://127.0.0.1:1/apify/1'), isOurs: true, isAdHoc: false } ],
      deliveries: [ { id: 'd-1', webhookId: 'hook-1', runId: say('run-1'), eventType: say('ACTOR.RUN.SUCCEEDED'), at: AT, status: say('SUCCEEDED'), attempts: [ { at: AT, httpStatus: 200, answer: say('{"status": "ok"}') } ] } ]
    },
    steps: [ { seq: 1, at: AT, who: say('apify'), what: say('run.succeeded'), lane: 'apify', facts: { run: say('run-1') }, isDetail: false } ],
    events: [ event ],
    event: { ...event, payload: hostileTree(say('SUCCEEDED')), verdicts: [ { ...verdict, elementId: say('Catch'), processId: say('crawl') } ] },
    ledger: {
      effectCounts: { [say('done')]: 3 }, inDoubt: [ event ],
      parked: [ { id: say('event-2'), at: AT, reason: say('Camunda was away.'), attempts: 2 } ],
      undelivered: [ { id: say('event-3'), at: AT, reason: say('It was tried for four days.') } ],
      attempts: [ { jobKey: '9', elementId: say('Run'), processId: say('crawl'), instanceKey: '12', operation: say('runActor'), state: say('waiting'), runId: say('run-1'), since: AT, nextLook: AT, reason: say('The run goes on.') } ]
    },
    feel: { ok: true, value: say('SUCCEEDED'), type: say('string'), text: say('"SUCCEEDED"'), failures: [ say('A failure.') ], error: null }
  };
}

/** Returns steps with numbers from 1 to `count`. */
export function manySteps(count: number): Step[] {
  const lanes = [ 'apify', 'delivery', 'camunda', 'job' ] as const;
  return Array.from({ length: count }, (_, index) => ({
    seq: index + 1, at: new Date(Date.UTC(2026, 2, 1) + index * 1000).toISOString(), who: 'apify', what: 'run.succeeded', lane: lanes[index % 4]!,
    facts: { number: index + 1 }, isDetail: false
  }));
}

export function manyEvents(count: number): EventRow[] {
  const [ first ] = world().events;
  return Array.from({ length: count }, (_, index) => ({ ...first!, id: `event-${index + 1}`, runId: `run-${index + 1}` }));
}

function hostileTree(text: string): Json {
  return { connectorData: { status: text, runId: text }, request: { body: { [text]: text, list: [ text, { deep: text } ] }, headers: {} }, documents: [] };
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
