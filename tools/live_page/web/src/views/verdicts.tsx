// The last events of an element: was its condition true, false or failed, and which values decided.
import type { Verdict } from '../api/types';
import { ConditionBadge } from '../parts/badge';
import { Time, shortEvent } from '../parts/time';
import { href } from '../routing';
import { Said } from '../parts/said';

const MOST = 20;

export function Verdicts({ verdicts }: { verdicts: Verdict[] }) {
  return (
    <section aria-labelledby="verdicts-title">
      <h3 id="verdicts-title">Last events</h3>
      {verdicts.length === 0 && <p class="quiet">No event has come for it yet.</p>}
      <ul class="verdicts">
        {verdicts.slice(0, MOST).map((verdict) => (
          <li key={`${verdict.eventId} ${verdict.at}`}><OneVerdict verdict={verdict} /></li>
        ))}
      </ul>
    </section>
  );
}

export function OneVerdict({ verdict }: { verdict: Verdict }) {
  return (
    <div class="verdict">
      <p class="row between">
        <a href={href('events', verdict.eventId)}>{shortEvent(verdict.eventType)}</a>
        <Time at={verdict.at} />
      </p>
      <p class="row">
        <ConditionBadge condition={verdict.condition} />
        <b>{verdict.outcome}</b>
      </p>
      <p class="quiet">
        {verdict.isOfReceiver ? `Received by version ${verdict.version}.` : `Judged with version ${verdict.version}; no effect names the version that received it.`}
      </p>
      {verdict.expression && <pre class="code">{verdict.expression}</pre>}
      {verdict.values.length > 0 && (
        <dl class="facts">
          {verdict.values.map(({ path, value }) => (
            <div key={path}><dt><code>{path}</code></dt><dd><code>{JSON.stringify(value)}</code></dd></div>
          ))}
        </dl>
      )}
      {verdict.correlationKey !== null && <p>correlation key <code>{verdict.correlationKey}</code></p>}
      {verdict.reason && <Said text={verdict.reason} />}
      <p class="quiet">run <code>{verdict.runId}</code></p>
    </div>
  );
}
