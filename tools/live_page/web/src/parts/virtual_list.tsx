// A long list of which only the visible rows are on the page. All rows have one height.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { visibleRows } from '../visible_rows';

export interface VirtualListProps<T> {
  items: readonly T[];
  rowHeight: number;
  label: string;
  keyOf: (item: T) => string | number;
  textOf: (item: T) => string;
  row: (item: T) => ComponentChildren;
  selected: string | number | null;
  onSelect: (item: T) => void;
  /** Stays at the end while items are added, until the reader scrolls up. */
  followEnd?: boolean;
}

export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, rowHeight, keyOf, followEnd = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const [ scroll, setScroll ] = useState({ top: 0, height: 400 });
  const isAtEnd = useRef(true);
  const firstKey = items[0] === undefined ? null : keyOf(items[0]);
  const anchor = useRef<{ key: string | number | null; count: number }>({ key: null, count: 0 });

  useEffect(() => observe(box.current, setScroll), []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const added = items.length - anchor.current.count;
    const isEarlier = anchor.current.key !== null && anchor.current.key !== firstKey && added > 0;
    anchor.current = { key: firstKey, count: items.length };
    if (followEnd && isAtEnd.current) {
      element.scrollTop = element.scrollHeight;
    } else if (isEarlier) {
      element.scrollTop += added * rowHeight; // what the reader looks at stays where it is
    }
  }, [ items, firstKey, followEnd, rowHeight ]);

  const { first, last } = visibleRows(scroll.top, scroll.height, rowHeight, items.length);
  return (
    <div
      ref={box}
      class="virtual"
      role="listbox"
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={props.selected === null ? undefined : rowId(props.selected)}
      onKeyDown={(event) => onKey(event, props, box.current)}
      onScroll={(event) => {
        const element = event.currentTarget;
        isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight * 2;
        setScroll({ top: element.scrollTop, height: element.clientHeight });
      }}
    >
      <div class="virtual-all" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, last).map((item, index) => (
          <div
            key={keyOf(item)}
            id={rowId(keyOf(item))}
            role="option"
            class="virtual-row"
            aria-selected={keyOf(item) === props.selected}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            aria-label={props.textOf(item)}
            style={{ height: `${rowHeight}px`, transform: `translateY(${(first + index) * rowHeight}px)` }}
            onClick={() => props.onSelect(item)}
          >
            {props.row(item)}
          </div>
        ))}
      </div>
    </div>
  );
}

function rowId(key: string | number): string {
  return `row-${key}`;
}

function observe(element: HTMLDivElement | null, set: (scroll: { top: number; height: number }) => void) {
  if (!element) {
    return undefined;
  }
  const observer = new ResizeObserver(() => set({ top: element.scrollTop, height: element.clientHeight }));
  observer.observe(element);
  return () => observer.disconnect();
}

function onKey<T>(event: KeyboardEvent, props: VirtualListProps<T>, element: HTMLDivElement | null): void {
  const { items, keyOf, selected, rowHeight } = props;
  const page = Math.max(1, Math.floor((element?.clientHeight ?? rowHeight) / rowHeight) - 1);
  const now = selected === null ? -1 : items.findIndex((item) => keyOf(item) === selected);
  const start = now === -1 ? items.length : now;
  const wanted = { ArrowDown: now + 1, ArrowUp: start - 1, PageDown: now + page, PageUp: start - page, Home: 0, End: items.length - 1 }[event.key];
  if (wanted === undefined || items.length === 0 || !element) {
    return;
  }
  event.preventDefault();
  const index = Math.min(items.length - 1, Math.max(0, wanted));
  const top = index * rowHeight;
  if (top < element.scrollTop) {
    element.scrollTop = top;
  } else if (top + rowHeight > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + rowHeight - element.clientHeight;
  }
  const item = items[index];
  if (item !== undefined) {
    props.onSelect(item);
  }
}
