// What the reason of a fault says about a property: which one, and what was probably meant.

export interface Suggestion {
  property: string;
  /** What is written, and what was probably meant; null where the reason names neither. */
  change: { wrong: string; right: string } | null;
}

/** Returns what a reason suggests about one of the properties, null if it names none. */
export function suggestionOf(reason: string, properties: readonly string[]): Suggestion | null {
  const property = properties.find((name) => reason.includes(`'${name}'`));
  if (property === undefined) {
    return null;
  }
  const wrong = /names '([^'\n]+)'/.exec(reason)?.[1];
  const right = /(?:Was|Did you mean) `([^`\n]+)`/.exec(reason)?.[1];
  return { property, change: wrong && right ? { wrong, right } : null };
}
