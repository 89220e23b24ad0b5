// One process: its diagram, what needs attention, its instances, and the panel of an element.
import { useEffect, useState } from 'preact/hooks';
import type { Instance, Process, State } from '../api/types';
import { useResource } from '../live/resource';
import * as resources from '../live/resources';
import { elementText, elementTone } from '../parts/badge';
import { DeployProblem, FileButton } from '../parts/deploying';
import { Diagram, type Mark } from '../parts/diagram';
import { ViewHeading } from '../parts/heading';
import { href, route, select } from '../routing';
import { Attention } from './attention';
import { ElementList, ElementPanel } from './element';
import { Instances } from './instances';
import { byProcess } from '../process_order';
import { StartDialog } from './start_instance';

export function ProcessView({ state, processKey }: { state: State; processKey: string | null }) {
  const found = useResource(resources.processes());
  const all = found.value.value?.items;
  if (!all) {
    return <p class="quiet padded">{found.error.value ?? 'Reading …'}</p>;
  }
  const process = processKey === null ? all.find(({ isLatest }) => isLatest) : all.find(({ key }) => key === processKey);
  if (all.length === 0) {
    return <Nothing state={state} />;
  }
  return (
    <div class="view process-view">
      <Rail processes={all} current={process?.key ?? null} state={state} />
      {process
        ? <OneProcess key={process.key} process={process} others={all} state={state} />
        : <p class="padded">No process with key {processKey} is deployed. Choose one in the list.</p>}
    </div>
  );
}

function Nothing({ state }: { state: State }) {
  return (
    <div class="view empty">
      <ViewHeading>No process is deployed yet</ViewHeading>
      {state.may.deploy
        ? <><p>Drop a <code>.bpmn</code> file on this page, choose one, or <a href={href('start')}>load an example</a>.</p>
            <FileButton kind="primary">Choose a .bpmn file</FileButton><DeployProblem /></>
        : <p>As soon as a process with an Apify template is deployed on the cluster, it is listed here.</p>}
    </div>
  );
}

function Rail({ processes, current, state }: { processes: Process[]; current: string | null; state: State }) {
  return (
    <nav class="rail" aria-label="Processes">
      <h2>Processes</h2>
      <ul>
        {byProcess(processes).map((process) => (
          <li key={process.key}>
            <a href={href('process', process.key)} class={process.isLatest ? '' : 'older'} aria-current={process.key === current ? 'true' : undefined}>
              <span>{process.isLatest ? process.name || process.processId : <><span class="hidden">{process.name || process.processId}, </span>version {process.version}</>}</span>
              <span class="quiet">
                {[
                  process.isLatest && `version ${process.version}`,
                  process.counts.active > 0 && `${process.counts.active} active`,
                  process.counts.incidents > 0 && `${process.counts.incidents} with incident`
                ].filter(Boolean).join(' · ')}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {state.may.deploy && <FileButton kind="small">Deploy a file …</FileButton>}
    </nav>
  );
}

function OneProcess({ process, others, state }: { process: Process; others: Process[]; state: State }) {
  const found = useResource(resources.instances(process.key));
  const xml = useResource(resources.diagram(process.key));
  const [ isStarting, setStarting ] = useState(false);
  const { element: elementId = null, instance: instanceKey = null } = route.value.query;
  const instances = found.value.value?.items ?? [];
  const shown = instanceKey === null ? instances.filter(({ state }) => state === 'ACTIVE') : instances.filter(({ key }) => key === instanceKey);
  const { start } = route.value.query;
  useEffect(() => {
    if (start !== undefined) {
      setStarting(state.may.start && takesStart(process));
      select({ start: null });
    }
  }, [ start ]);
  const title = process.name || process.processId;
  const openElement = (id: string) => process.elements.some((each) => each.id === id) && select({ element: id });
  return (
    <>
      <div class="process-main">
        <div class="row between top-row">
          <ViewHeading note={<>{process.name && <><code>{process.processId}</code> · </>}version {process.version}{process.isLatest ? '' : ' (not the latest)'} · {process.resourceName}</>}>{title}</ViewHeading>
          {state.may.start && <button type="button" class="primary" onClick={() => setStarting(true)}>Start an instance …</button>}
        </div>
        <DeployProblem />
        {xml.error.value && <p class="problem" role="alert">{xml.error.value}</p>}
        {xml.value.value !== null && (
          <Diagram
            xml={xml.value.value}
            label={`Diagram of ${title}. Its elements with Apify templates are listed under “Elements”.`}
            badges={badges(process)}
            {...tokensOf(shown)}
            selected={elementId}
            onSelect={openElement}
          />
        )}
        <Attention process={process} others={others} instances={selectedFirst(instances, instanceKey)} state={state} />
        <Instances process={process} found={found} state={state} selected={instanceKey} onStart={() => setStarting(true)} />
      </div>
      <aside class="side" aria-label={elementId ? 'Element' : 'Elements'}>
        {elementId
          ? <ElementPanel key={elementId} process={process} elementId={elementId} state={state} />
          : <ElementList process={process} />}
      </aside>
      {isStarting && <StartDialog process={process} onClose={() => setStarting(false)} />}
    </>
  );
}

/** Returns whether a person starts its instances; otherwise an event does. */
function takesStart(process: Process): boolean {
  return !process.elements.some(({ bpmnType, kind }) => kind === 'inbound' && bpmnType === 'bpmn:StartEvent');
}

function selectedFirst(instances: readonly Instance[], key: string | null): Instance[] {
  return [ ...instances ].sort((a, b) => Number(b.key === key) - Number(a.key === key));
}

function badges(process: Process): Mark[] {
  return process.elements.map((element) => ({
    elementId: element.id,
    text: elementText(element),
    tone: elementTone(element),
    title: [ element.statusText, element.reason, ...element.notes ].filter(Boolean).join('\n')
  }));
}

function tokensOf(instances: readonly Instance[]) {
  const counts = new Map<string, number>();
  for (const { elementId, count } of instances.flatMap(({ tokens }) => tokens)) {
    counts.set(elementId, (counts.get(elementId) ?? 0) + count);
  }
  return {
    tokens: [ ...counts ].map(([ elementId, count ]) => ({ elementId, count })),
    incidents: instances.flatMap(({ incidents }) => incidents.map(({ elementId }) => elementId)),
    passed: instances.length === 1 ? instances[0]!.passed : []
  };
}
