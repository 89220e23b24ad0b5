// The pure parts: FEEL paths, places in JSON, visible rows, addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feelPath } from '../../src/feel_path';
import { wrongPlace } from '../../src/json_place';
import { pieces } from '../../src/parts/said';
import { byProcess } from '../../src/process_order';
import { suggestionOf } from '../../src/suggestion';
import { visibleRows } from '../../src/visible_rows';

test('positions in a FEEL path count from 1, and names that are not plain are in backticks', () => {
  assert.equal(feelPath([ 'request', 'body', 0, 'x-y' ]), 'request.body[1].`x-y`');
  assert.equal(feelPath([ 'for' ]), '`for`');
  assert.equal(feelPath([ 'größe', 'a_1' ]), 'größe.a_1');
});

test('a text that is not JSON has a place', () => {
  assert.equal(wrongPlace('{"a": [1, -2.5e3, "x\\u00e4", true, null, {}]} '), null);
  assert.deepEqual(wrongPlace('{\n  "a": tea }'), { line: 2, column: 8, expected: 'a value: a text in double quotes, a number, true, false, null, { or [' });
  assert.deepEqual(wrongPlace('{"a": 1,}'), { line: 1, column: 9, expected: 'a name in double quotes' });
  assert.deepEqual(wrongPlace('{"a" 1}'), { line: 1, column: 6, expected: ':' });
  assert.deepEqual(wrongPlace('[1 2]'), { line: 1, column: 4, expected: ', or ]' });
  assert.deepEqual(wrongPlace('{} x'), { line: 1, column: 4, expected: 'the end' });
});

test('only rows near the visible part are drawn', () => {
  assert.deepEqual(visibleRows(0, 300, 30, 10_000), { first: 0, last: 18 });
  assert.deepEqual(visibleRows(30_000, 300, 30, 10_000), { first: 992, last: 1018 });
  assert.deepEqual(visibleRows(30_000, 300, 30, 5), { first: 5, last: 5 });
});

const REASON = '\'key\' names \'connectorData.runid\', which no event has:\nconnectorData.runid\n^~~~~\nWas `connectorData.runId` meant?';

test('an excerpt with its carets keeps its columns', () => {
  assert.deepEqual(pieces(REASON).map(({ isExcerpt }) => isExcerpt), [ false, true, false ]);
  assert.deepEqual(pieces('one\ntwo'), [ { isExcerpt: false, text: 'one\ntwo' } ]);
});

test('a reason says which property to correct, and how', () => {
  assert.deepEqual(suggestionOf(REASON, [ 'other', 'key' ]), { property: 'key', change: { wrong: 'connectorData.runid', right: 'connectorData.runId' } });
  assert.deepEqual(suggestionOf('\'key\' is empty.', [ 'key' ]), { property: 'key', change: null });
  assert.equal(suggestionOf('The Actor was not found.', [ 'key' ]), null);
});

test('versions of a process stay together, the newest first', () => {
  const of = (processId: string, version: number, tenantId = 'a') => ({ processId, version, tenantId });
  assert.deepEqual(
    byProcess([ of('x', 1), of('plain', 2), of('x', 2), of('plain', 1), of('x', 1, 'b') ]),
    [ of('x', 2), of('x', 1), of('plain', 2), of('plain', 1), of('x', 1, 'b') ]
  );
});
