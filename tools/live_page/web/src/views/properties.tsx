// The properties of an element; a local run lets them be corrected and deployed again.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/client';
import type { ElementDetail, Process } from '../api/types';
import { deployCorrection } from '../parts/deploying';
import { suggestionOf, type Suggestion } from '../suggestion';

export interface PropertiesProps {
  element: ElementDetail;
  process: Process;
  mayDeploy: boolean;
}

export function Properties({ element, process, mayDeploy }: PropertiesProps) {
  const [ editing, setEditing ] = useState<string | null>(null);
  return (
    <section aria-labelledby="properties-title">
      <h3 id="properties-title">Properties</h3>
      {element.properties.length === 0 && <p class="quiet">It has no properties.</p>}
      <dl class="facts properties">
        {element.properties.map((property) => (
          <div key={property.name}>
            <dt>{property.name}</dt>
            <dd>
              {editing === property.name
                ? <Editor element={element} process={process} name={property.name} onClose={() => setEditing(null)} />
                : <>
                    <code>{property.value === '' ? '(empty)' : property.value}</code>
                    {property.isSecret && <span class="quiet">secret</span>}
                    {mayDeploy && !property.isSecret && (
                      <button type="button" class="small edit" title={`Correct ${property.name}`} aria-label={`Correct ${property.name}`} onClick={() => setEditing(property.name)}>✎</button>
                    )}
                  </>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Offers to correct the property that the reason of a fault names. */
export function Correction({ element, process, reason }: { element: ElementDetail; process: Process; reason: string }) {
  const [ isOpen, setOpen ] = useState(false);
  const found = suggestionOf(reason, element.properties.filter(({ isSecret }) => !isSecret).map(({ name }) => name));
  if (!found) {
    return null;
  }
  return isOpen
    ? <Editor element={element} process={process} name={found.property} change={found.change} onClose={() => setOpen(false)} />
    : <button type="button" class="small" onClick={() => setOpen(true)}>Correct {found.property} here …</button>;
}

interface EditorProps {
  element: ElementDetail;
  process: Process;
  name: string;
  change?: Suggestion['change'];
  onClose: () => void;
}

function Editor({ element, process, name, change = null, onClose }: EditorProps) {
  const written = element.properties.find((each) => each.name === name)?.value ?? '';
  const [ text, setText ] = useState(change ? written.replaceAll(change.wrong, change.right) : written);
  const [ problem, setProblem ] = useState<string | null>(null);
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  async function deploy(event: Event) {
    event.preventDefault();
    try {
      await deployCorrection(process.key, element.id, name, text);
    } catch (error) {
      setProblem(messageOf(error));
    }
  }
  return (
    <form
      class="editor"
      onSubmit={(event) => void deploy(event)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          onClose();
        }
      }}
    >
      <label class="hidden" for={id}>New value of {name}</label>
      <textarea id={id} class="code" rows={2} value={text} spellcheck={false} ref={field} onInput={(event) => setText(event.currentTarget.value)} />
      {problem && <p class="problem" role="alert">{problem}</p>}
      <p class="hint">A new version is deployed. Your file does not change: make the same change there.</p>
      <div class="row end">
        <button type="button" class="small" onClick={onClose}>Cancel</button>
        <button type="submit" class="small primary">Deploy with this value</button>
      </div>
    </form>
  );
}
