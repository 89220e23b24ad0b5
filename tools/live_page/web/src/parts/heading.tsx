// The heading of a view.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

let isFirst = true;

/** It gets the focus when the view opens, so that a screen reader begins there; not when the page is loaded. */
export function ViewHeading({ children, note }: { children: ComponentChildren; note?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirst) {
      heading.current?.focus({ preventScroll: true });
    }
    isFirst = false;
  }, []);
  return (
    <div class="view-heading">
      <h1 tabIndex={-1} ref={heading}>{children}</h1>
      {note && <p class="lead">{note}</p>}
    </div>
  );
}
