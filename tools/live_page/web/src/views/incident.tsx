// The button that resolves an incident.
import { path, post } from '../api/client';
import { invalidate } from '../live/resource';
import { Action } from '../parts/action';

export function ResolveIncident({ incidentKey }: { incidentKey: string }) {
  return (
    <Action
      class="small"
      label={`Resolve incident ${incidentKey}`}
      run={async () => {
        await post(path('incidents', incidentKey, 'resolve'), { retries: 1 });
        invalidate([ 'instances', 'processes' ]);
        return 'The incident is resolved; the element is tried once more.';
      }}
    >
      Resolve: try again
    </Action>
  );
}
