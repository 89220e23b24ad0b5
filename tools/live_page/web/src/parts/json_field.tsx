// A field for JSON, which says where the text is wrong.
import { useId } from 'preact/hooks';
import type { Json } from '../api/types';
import { wrongPlace } from '../json_place';

export type Parsed = { ok: true; value: Json } | { ok: false; message: string };

/** Returns the value of a text, or what is wrong with it and where; an empty text is an empty object. */
export function parseJson(text: string): Parsed {
  if (text.trim() === '') {
    return { ok: true, value: {} };
  }
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    return { ok: false, message: placed(text) };
  }
}

/** As parseJson, for a text that must hold an object. */
export function parseObject(text: string): Parsed {
  const parsed = parseJson(text);
  if (parsed.ok && (parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value))) {
    return { ok: false, message: 'This must be a JSON object, such as {"query": "tea"}.' };
  }
  return parsed;
}

function placed(text: string): string {
  const place = wrongPlace(text);
  return place === null
    ? 'This is not JSON.'
    : `This is not JSON: in line ${place.line}, column ${place.column}, this was expected: ${place.expected}`;
}

export interface JsonFieldProps {
  label: string;
  hint?: string;
  text: string;
  problem: string | null;
  rows?: number;
  onText: (text: string) => void;
}

export function JsonField({ label, hint, text, problem, rows = 6, onText }: JsonFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <textarea
        id={id}
        class="code"
        rows={rows}
        spellcheck={false}
        value={text}
        aria-invalid={problem !== null}
        aria-describedby={`${hint ? `${id}-hint ` : ''}${problem ? `${id}-problem` : ''}`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <p class="problem" id={`${id}-problem`} role="alert">{problem}</p>
    </div>
  );
}
