// The FEEL path of a field in a JSON value.

export type Key = string | number;

const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const KEYWORDS = new Set([
  'and', 'between', 'else', 'every', 'external', 'false', 'for', 'function', 'if', 'in', 'instance', 'null', 'not', 'of', 'or',
  'return', 'satisfies', 'some', 'then', 'true'
]);

/** Returns the path of the field that `keys` lead to; positions in lists count from 0 in `keys`, from 1 in FEEL. */
export function feelPath(keys: readonly Key[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') {
      return `${path}[${key + 1}]`;
    }
    return path === '' ? quoted(key) : `${path}.${quoted(key)}`;
  }, '');
}

/** Returns a name as FEEL reads it: in backticks unless it is a plain one. */
function quoted(name: string): string {
  return PLAIN_NAME.test(name) && !KEYWORDS.has(name) ? name : `\`${name}\``;
}
