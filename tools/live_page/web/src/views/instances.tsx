// The instances of a process: a row each; one that is selected shows its waits, incidents and variables.
import { path, post } from '../api/client';
import type { Instance, Process, State, Variable } from '../api/types';
import { invalidate, useResource, type Resource } from '../live/resource';
import * as resources from '../live/resources';
import { Action } from '../parts/action';
import { Badge, StateBadge } from '../parts/badge';
import { JsonTree } from '../parts/json_tree';
import { Time } from '../parts/time';
import { href, select } from '../routing';
import { ResolveIncident } from './incident';
import { Said } from '../parts/said';

export interface InstancesProps {
  process: Process;
  found: Resource<{ items: Instance[]; total: number }>;
  state: State;
  selected: string | null;
  onStart: () => void;
}

export function Instances({ process, found, state, selected, onStart }: InstancesProps) {
  const value = found.value.value;
  return (
    <section class="instances" aria-labelledby="instances-title">
      <div class="row between">
        <h2 id="instances-title">Instances{value && value.total > 0 ? ` (${value.total})` : ''}</h2>
        {selected && <button type="button" class="small" onClick={() => select({ instance: null })}>Show the tokens of all</button>}
      </div>
      {found.error.value && <p class="problem" role="alert">{found.error.value}</p>}
      {value && value.items.length === 0 && <NoInstance process={process} state={state} onStart={onStart} />}
      {value && value.items.length > 0 && (
        <ul class="rows">
          {value.items.map((instance) => (
            <InstanceRow key={instance.key} instance={instance} isOpen={instance.key === selected} state={state} />
          ))}
        </ul>
      )}
      {value && value.items.length < value.total && <p class="quiet">The newest {value.items.length} are shown.</p>}
    </section>
  );
}

function NoInstance({ process, state, onStart }: { process: Process; state: State; onStart: () => void }) {
  const waiting = process.elements.find(({ bpmnType, kind }) => kind === 'inbound' && bpmnType === 'bpmn:StartEvent');
  return (
    <div class="empty-box">
      <p>No instance yet.{waiting && ` An event from Apify starts one, at ${waiting.name || waiting.id}.`}</p>
      {waiting && state.may.apify && <a class="button" href={href('apify', null, { start: '' })}>Start a run at Apify …</a>}
      {state.may.start && <button type="button" onClick={onStart}>Start an instance …</button>}
    </div>
  );
}

function InstanceRow({ instance, isOpen, state }: { instance: Instance; isOpen: boolean; state: State }) {
  const where = instance.tokens.map(({ elementId, count }) => (count > 1 ? `${elementId} ×${count}` : elementId)).join(', ');
  return (
    <li class={isOpen ? 'open' : ''}>
      <button
        type="button"
        class="row-button"
        aria-expanded={isOpen}
        onClick={() => select({ instance: isOpen ? null : instance.key })}
      >
        <span class="twist" aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
        <code>{instance.key}</code>
        <StateBadge state={instance.state} />
        {instance.incidents.length > 0 && <Badge tone="bad">{instance.incidents.length === 1 ? 'incident' : `${instance.incidents.length} incidents`}</Badge>}
        <span class="grow ellipsis">{where && `at ${where}`}</span>
        <Time at={instance.endedAt ?? instance.startedAt} />
      </button>
      {isOpen && <InstanceDetail instance={instance} state={state} />}
    </li>
  );
}

/** Returns the variables of the instance before those of its elements. */
function sorted(variables: Variable[]): Variable[] {
  return [ ...variables ].sort((a, b) => a.scope.localeCompare(b.scope) || a.name.localeCompare(b.name));
}

function InstanceDetail({ instance, state }: { instance: Instance; state: State }) {
  const variables = useResource(resources.variables(instance.key));
  return (
    <div class="instance-detail">
      {instance.incidents.map((incident) => (
        <div class="callout bad" key={incident.key}>
          <p><b>{incident.kind}</b> at <code>{incident.elementId}</code></p>
          <Said text={incident.message} />
          {state.may.resolveIncident && <ResolveIncident incidentKey={incident.key} />}
        </div>
      ))}
      <h3>Variables</h3>
      {variables.error.value && <p class="problem" role="alert">{variables.error.value}</p>}
      {variables.value.value?.items.length === 0 && <p class="quiet">It has no variables.</p>}
      {variables.value.value && variables.value.value.items.length > 0 && (
        <dl class="variables">
          {sorted(variables.value.value.items).map(({ name, value, scope }) => (
            <div key={`${scope}/${name}`}>
              <dt><code>{name}</code>{scope && <span class="quiet"> in {scope}</span>}</dt>
              <dd><JsonTree value={value} label={`Variable ${name}`} openTo={1} /></dd>
            </div>
          ))}
        </dl>
      )}
      {instance.state === 'ACTIVE' && state.may.cancel && (
        <p class="row end">
          <Action
            class="small danger"
            label={`Cancel instance ${instance.key}`}
            confirm="Cancel this instance?"
            run={async () => {
              await post(path('instances', instance.key, 'cancel'));
              invalidate([ 'instances', 'processes' ]);
              return `Instance ${instance.key} is cancelled.`;
            }}
          >
            Cancel the instance
          </Action>
        </p>
      )}
    </div>
  );
}
