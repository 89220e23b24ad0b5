// Starts a run at Apify, as a person would in the Console.
import { useId, useState } from 'preact/hooks';
import { messageOf, post } from '../api/client';
import type { Apify } from '../api/types';
import { notify } from '../live/announcing';
import { invalidate } from '../live/resource';
import { Dialog } from '../parts/dialog';
import { JsonField, parseJson } from '../parts/json_field';

export function StartRunDialog({ apify, chosen: given, onClose }: { apify: Apify; chosen: string | null; onClose: () => void }) {
  const options = [
    ...apify.actors.map(({ id, name }) => ({ value: `actor ${id}`, text: name })),
    ...apify.tasks.map(({ id, name }) => ({ value: `task ${id}`, text: `${name} (task)` }))
  ];
  const [ chosen, setChosen ] = useState(options.find(({ text }) => text === given || text === `${given} (task)`)?.value ?? options[0]?.value ?? '');
  const [ text, setText ] = useState('{}');
  const [ problem, setProblem ] = useState<string | null>(null);
  const select = useId();

  async function start(event: Event) {
    event.preventDefault();
    const parsed = parseJson(text);
    if (!parsed.ok) {
      setProblem(parsed.message);
      return;
    }
    const [ kind, id ] = chosen.split(' ', 2);
    try {
      const { runId } = await post<{ runId: string }>('apify/runs', { [kind === 'task' ? 'taskId' : 'actorId']: id, input: parsed.value });
      invalidate([ 'apify' ]);
      notify(`Started run ${runId}.`, 'good');
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    }
  }

  return (
    <Dialog title="Start a run at Apify" onClose={onClose}>
      <form onSubmit={(event) => void start(event)}>
        <div class="field">
          <label for={select}>Actor or task</label>
          <select id={select} value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {options.map(({ value, text: name }) => <option key={value} value={value}>{name}</option>)}
          </select>
        </div>
        <JsonField label="Input (JSON)" text={text} problem={problem} onText={(changed) => { setText(changed); setProblem(null); }} />
        <div class="row end">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary">Start the run</button>
        </div>
      </form>
    </Dialog>
  );
}
