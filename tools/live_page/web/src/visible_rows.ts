// Which rows of a long list are to be drawn.

const OVERSCAN = 8;

export interface Rows {
  first: number;
  /** The row after the last one that is drawn. */
  last: number;
}

/** Returns the rows in view and some around them; all have the height `rowHeight`, in pixels. */
export function visibleRows(scrollTop: number, height: number, rowHeight: number, count: number): Rows {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return { first: Math.min(first, last), last };
}
