// A JSON value as a tree. Texts are shown as texts, even if they hold HTML.
import { useRef, useState } from 'preact/hooks';
import type { Json } from '../api/types';
import type { Key } from '../feel_path';

const CHUNK = 100;
const LONGEST_TEXT = 400;

export interface JsonTreeProps {
  value: Json;
  label: string;
  openTo?: number;
  /** Is called with the keys that lead to a field that was clicked. */
  onPick?: (keys: readonly Key[], value: Json) => void;
}

export function JsonTree({ value, label, openTo = 2, onPick }: JsonTreeProps) {
  const tree = useRef<HTMLUListElement>(null);
  return (
    <ul class="tree" role="tree" aria-label={label} ref={tree} onKeyDown={(event) => onKey(event, tree.current)}>
      <Children value={value} keys={[]} openTo={openTo} onPick={onPick} isFirst />
    </ul>
  );
}

interface NodeProps {
  keys: readonly Key[];
  value: Json;
  openTo: number;
  onPick: JsonTreeProps['onPick'];
  isFirst?: boolean;
}

function Children({ value, keys, openTo, onPick, isFirst = false }: NodeProps) {
  const [ shown, setShown ] = useState(CHUNK);
  const entries = entriesOf(value);
  if (entries === null) {
    return <TreeNode keys={keys} value={value} openTo={openTo} onPick={onPick} isFirst />;
  }
  return (
    <>
      {entries.slice(0, shown).map(([ key, child ], index) => (
        <TreeNode key={key} keys={[ ...keys, key ]} value={child} openTo={openTo} onPick={onPick} isFirst={isFirst && index === 0} />
      ))}
      {entries.length > shown && (
        <li role="none">
          <button type="button" class="small" onClick={() => setShown(shown + CHUNK)}>
            Show {Math.min(CHUNK, entries.length - shown)} more of {entries.length}
          </button>
        </li>
      )}
    </>
  );
}

function TreeNode({ keys, value, openTo, onPick, isFirst }: NodeProps) {
  const entries = entriesOf(value);
  const [ isOpen, setOpen ] = useState(keys.length < openTo);
  const hasChildren = entries !== null && entries.length > 0;
  const name = keys.at(-1);
  const act = () => {
    onPick?.(keys, value);
    if (hasChildren && !onPick) {
      setOpen(!isOpen);
    }
  };
  return (
    <li
      role="treeitem"
      aria-expanded={hasChildren ? isOpen : undefined}
      tabIndex={isFirst ? 0 : -1}
      onFocus={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) {
          return;
        }
        if (event.key === 'Enter' || event.key === ' ') {
          act();
        } else if (hasChildren && event.key === 'ArrowRight' && !isOpen) {
          setOpen(true);
        } else if (hasChildren && event.key === 'ArrowLeft' && isOpen) {
          setOpen(false);
        } else {
          return;
        }
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <span class="tree-line">
        <span class="twist" aria-hidden="true" onClick={() => hasChildren && setOpen(!isOpen)}>
          {hasChildren ? (isOpen ? '▾' : '▸') : ''}
        </span>
        <span class={onPick ? 'pick' : ''} onClick={act} title={onPick ? 'Click for the FEEL path' : undefined}>
          {name !== undefined && <span class="tree-key">{typeof name === 'number' ? `${name + 1}` : name}</span>}
          <Scalar value={value} isOpen={isOpen} />
        </span>
      </span>
      {hasChildren && isOpen && (
        <ul role="group"><Children value={value} keys={keys} openTo={openTo} onPick={onPick} /></ul>
      )}
    </li>
  );
}

function Scalar({ value, isOpen }: { value: Json; isOpen: boolean }) {
  if (Array.isArray(value)) {
    return <span class="tree-note">{value.length === 0 ? '[]' : isOpen ? '' : `[ ${value.length} ]`}</span>;
  }
  if (value !== null && typeof value === 'object') {
    const names = Object.keys(value);
    return <span class="tree-note">{names.length === 0 ? '{}' : isOpen ? '' : `{ ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''} }`}</span>;
  }
  const text = JSON.stringify(value);
  const kind = value === null ? 'null' : typeof value;
  return <span class={`tree-value ${kind}`}>{text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text}</span>;
}

function entriesOf(value: Json): [Key, Json][] | null {
  if (Array.isArray(value)) {
    return value.map((child, index) => [ index, child ]);
  }
  return value !== null && typeof value === 'object' ? Object.entries(value) : null;
}

/** Moves the focus among the visible nodes. */
function onKey(event: KeyboardEvent, tree: HTMLUListElement | null): void {
  const nodes = [ ...(tree?.querySelectorAll<HTMLElement>('[role=treeitem]') ?? []) ];
  const now = nodes.indexOf(document.activeElement as HTMLElement);
  const parent = document.activeElement?.parentElement?.closest<HTMLElement>('[role=treeitem]');
  const wanted = {
    ArrowDown: nodes[now + 1],
    ArrowUp: nodes[now - 1],
    ArrowRight: nodes[now + 1],
    ArrowLeft: parent,
    Home: nodes[0],
    End: nodes.at(-1)
  }[event.key];
  if (!wanted || now === -1) {
    return;
  }
  event.preventDefault();
  nodes.forEach((node) => { node.tabIndex = node === wanted ? 0 : -1; });
  wanted.focus();
}
