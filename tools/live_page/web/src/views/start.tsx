// The first view: what to do, the addresses, the examples.
import { post } from '../api/client';
import type { State } from '../api/types';
import { useResource } from '../live/resource';
import * as resources from '../live/resources';
import { Action } from '../parts/action';
import { Badge } from '../parts/badge';
import { CopyButton } from '../parts/copy';
import { DeployProblem, FileButton, loadExample } from '../parts/deploying';
import { ViewHeading } from '../parts/heading';
import { href } from '../routing';

export function StartView({ state }: { state: State }) {
  return (
    <div class="view start">
      <ViewHeading note={state.mode === 'local' ? LOCAL : STACK}>
        {state.mode === 'local' ? 'See a process run' : 'See what happens in this deployment'}
      </ViewHeading>
      <div class="start-columns">
        <div class="stack">
          {state.may.deploy && <Bring />}
          <DeployedList mayDeploy={state.may.deploy} />
          {state.examples.length > 0 && <Examples state={state} />}
        </div>
        <aside class="stack" aria-label="Addresses and state">
          <Addresses state={state} />
          {state.paused && <Paused state={state} />}
        </aside>
      </div>
    </div>
  );
}

const LOCAL = 'Everything runs on this machine: Camunda’s stand-in, an emulated Apify, and the connector’s functions between them.';
const STACK = 'This page reads the tables, Camunda and Apify of the stack with your AWS identity.';

function Bring() {
  return (
    <section class="bring" aria-labelledby="bring-title">
      <h2 id="bring-title">Deploy a process</h2>
      <p>Drop a <code>.bpmn</code> file anywhere on this page, or</p>
      <FileButton kind="primary">Choose a .bpmn file</FileButton>
      <DeployProblem />
      <ol class="ways">
        <li><b>Deploy</b> it. Each element with an Apify template gets a badge: is it registered, does it wait, what is wrong.</li>
        <li><b>Start</b> an instance with variables of your own.</li>
        <li><b>Watch</b> tokens move, and read why one waits.</li>
      </ol>
    </section>
  );
}

function DeployedList({ mayDeploy }: { mayDeploy: boolean }) {
  const found = useResource(resources.processes());
  const latest = (found.value.value?.items ?? []).filter(({ isLatest }) => isLatest);
  if (found.error.value) {
    return <p class="problem" role="alert">{found.error.value}</p>;
  }
  if (latest.length === 0) {
    return mayDeploy ? null : <p class="quiet">No process is deployed yet.</p>;
  }
  return (
    <section aria-labelledby="deployed-title">
      <h2 id="deployed-title">Deployed</h2>
      <ul class="cards">
        {latest.map((process) => {
          const faulty = process.elements.filter(({ status }) => status === 'faulty').length;
          return (
            <li key={process.key}>
              <a class="card" href={href('process', process.key)}>
                <strong>{process.name || process.processId}</strong>
                <span class="quiet">version {process.version} · {process.counts.active} active · {process.counts.completed} completed</span>
                <span class="row">
                  {process.counts.incidents > 0 && <Badge tone="bad">{plural(process.counts.incidents, 'incident')}</Badge>}
                  {faulty > 0 && <Badge tone="bad">{plural(faulty, 'faulty element')}</Badge>}
                  {faulty === 0 && process.counts.incidents === 0 && <Badge tone="good">no fault</Badge>}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Examples({ state }: { state: State }) {
  return (
    <section aria-labelledby="examples-title">
      <h2 id="examples-title">Or try an example</h2>
      <ul class="cards">
        {state.examples.map(({ name, title, description }) => (
          <li key={name} class="card">
            <strong>{title}</strong>
            <span class="quiet grow">{description}</span>
            <Action class="small" label={`Load the example ${title}`} run={() => loadExample(name)}>Load</Action>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Addresses({ state }: { state: State }) {
  return (
    <section class="panel" aria-labelledby="addresses-title">
      <h2 id="addresses-title">Addresses</h2>
      <dl class="addresses">
        {state.addresses.map(({ name, label, value }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd><code>{value}</code><CopyButton text={value} label={label} /></dd>
          </div>
        ))}
      </dl>
      {state.mode === 'local' && <p class="hint">Camunda Modeler, <code>curl</code> and Camunda’s clients work with these. No login is needed.</p>}
    </section>
  );
}

function Paused({ state }: { state: State }) {
  return (
    <section class="panel" aria-labelledby="paused-title">
      <h2 id="paused-title">Connector</h2>
      {([ 'inbound', 'outbound' ] as const).map((way) => {
        const isPaused = state.paused?.[way] ?? false;
        return (
          <div class="pause-row" key={way}>
            <span>{way === 'inbound' ? 'Events into Camunda' : 'Jobs to Apify'}</span>
            <Badge tone={isPaused ? 'wait' : 'good'}>{isPaused ? 'paused' : 'working'}</Badge>
            {state.may.pause && <PauseButton way={way} isPaused={isPaused} />}
          </div>
        );
      })}
    </section>
  );
}

function PauseButton({ way, isPaused }: { way: string; isPaused: boolean }) {
  const verb = isPaused ? 'resume' : 'pause';
  return (
    <Action
      class="small"
      label={`${isPaused ? 'Resume' : 'Pause'} ${way}`}
      run={async () => {
        const { message } = await post<{ message: string }>(`${verb}/${way}`);
        await resources.state().refresh();
        return message;
      }}
    >
      {isPaused ? 'Resume' : 'Pause'}
    </Action>
  );
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
