// Starts an instance with variables; what is wrong with them is said beside them.
import { useState } from 'preact/hooks';
import { messageOf, path, post } from '../api/client';
import type { Process } from '../api/types';
import { notify } from '../live/announcing';
import { invalidate } from '../live/resource';
import { suggestedVariables } from '../parts/deploying';
import { Dialog } from '../parts/dialog';
import { JsonField, parseObject } from '../parts/json_field';
import { select } from '../routing';

const lastVariables = new Map<string, string>();

export function StartDialog({ process, onClose }: { process: Process; onClose: () => void }) {
  const suggested = suggestedVariables.value[process.processId];
  const [ text, setText ] = useState(
    lastVariables.get(process.processId) ?? JSON.stringify(suggested ?? {}, null, 2)
  );
  const [ problem, setProblem ] = useState<string | null>(null);
  const [ isBusy, setBusy ] = useState(false);

  async function start(event: Event) {
    event.preventDefault();
    const parsed = parseObject(text);
    if (!parsed.ok) {
      setProblem(parsed.message);
      return;
    }
    setBusy(true);
    try {
      const { instanceKey } = await post<{ instanceKey: string }>(path('processes', process.key, 'start'), { variables: parsed.value });
      lastVariables.set(process.processId, text);
      invalidate([ 'instances', 'processes' ]);
      notify(`Started instance ${instanceKey}.`, 'good');
      onClose();
      select({ instance: instanceKey });
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  }

  return (
    <Dialog title={`Start ${process.name || process.processId}`} onClose={onClose}>
      <form onSubmit={(event) => void start(event)}>
        <JsonField
          label="Variables (a JSON object)"
          hint={suggested === undefined ? 'Leave it as it is to start without variables.' : 'The example suggests these.'}
          text={text}
          problem={problem}
          rows={8}
          onText={(changed) => { setText(changed); setProblem(null); }}
        />
        <div class="row end">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" aria-disabled={isBusy}>{isBusy ? 'Starting …' : 'Start'}</button>
        </div>
      </form>
    </Dialog>
  );
}
