// Deploying a .bpmn file: by a button, by dropping it on the page, or as an example.
import { useEffect, useId, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { messageOf, path, post } from '../api/client';
import type { Deployed, Json } from '../api/types';
import { notify } from '../live/announcing';
import { invalidate } from '../live/resource';
import { go } from '../routing';

/** What an example suggests to start with, by process id. */
export const suggestedVariables = signal<{ [processId: string]: Json }>({});
export const deployProblem = signal<string | null>(null);

/** Deploys files, and opens the first process of the last one. */
export async function deployFiles(files: Iterable<File>): Promise<void> {
  for (const file of files) {
    try {
      opened(await post<Deployed>('deploy', { fileName: file.name, content: await file.text() }));
    } catch (error) {
      deployProblem.value = `${file.name} was not deployed. ${messageOf(error)}`;
      return;
    }
  }
}

/** Deploys a process once more with another value of a property; the server has the true values of the rest. */
export async function deployCorrection(key: string, elementId: string, name: string, value: string): Promise<void> {
  opened(await post<Deployed>(path('processes', key, 'elements', elementId, 'properties'), { name, value }));
}

export async function loadExample(name: string): Promise<void> {
  const loaded = await post<Deployed & { variables: Json }>(path('examples', name, 'load'));
  suggestedVariables.value = {
    ...suggestedVariables.value,
    ...Object.fromEntries(loaded.processes.map(({ processId }) => [ processId, loaded.variables ]))
  };
  opened(loaded, { start: '' });
}

function opened({ processes }: Deployed, query: { [name: string]: string } = {}): void {
  deployProblem.value = null;
  invalidate([ 'processes', 'instances' ]);
  const [ first ] = processes;
  if (first) {
    notify(`Deployed: ${processes.map(({ processId, version }) => `${processId} version ${version}`).join(', ')}.`, 'good');
    go('process', first.key, query);
  }
}

export function FileButton({ children, kind = '' }: { children: string; kind?: string }) {
  const id = useId();
  return (
    <>
      <input
        id={id}
        class="hidden file"
        type="file"
        accept=".bpmn,.xml"
        multiple
        onChange={(event) => {
          const field = event.currentTarget;
          void deployFiles([ ...(field.files ?? []) ]).then(() => { field.value = ''; });
        }}
      />
      <label for={id} class={`button ${kind}`}>{children}</label>
    </>
  );
}

export function DeployProblem() {
  if (deployProblem.value === null) {
    return null;
  }
  return (
    <div class="callout bad" role="alert">
      <p>{deployProblem.value}</p>
      <button type="button" class="small" onClick={() => { deployProblem.value = null; }}>Close</button>
    </div>
  );
}

/** Takes files that are dropped anywhere on the page. */
export function DropAnywhere() {
  const [ isOver, setOver ] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (hasFiles(event)) {
        event.preventDefault();
        setOver(true);
      }
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (hasFiles(event)) {
        event.preventDefault();
        setOver(false);
        void deployFiles([ ...(event.dataTransfer?.files ?? []) ]);
      }
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return isOver ? <div class="drop-anywhere" aria-hidden="true"><p>Drop to deploy</p></div> : null;
}
