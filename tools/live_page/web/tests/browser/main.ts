// Runs one scenario in Chromium: main.ts SCENARIO [ADDRESS OF THE PAGE]. Exit code 0 means that it passed.
import assert from 'node:assert/strict';
import { alone } from './alone';
import { launch } from './browser';
import { live } from './live';

const [ name = '', address ] = process.argv.slice(2);
const browser = await launch();
try {
  if (address) {
    await found(live, name)(browser, address);
  } else {
    await found(alone, name)(browser);
  }
} finally {
  await browser.close();
}
process.exit(0);

function found<T>(scenarios: { [name: string]: T }, wanted: string): T {
  const scenario = scenarios[wanted];
  assert(scenario, `There is no scenario ${wanted}; there are ${Object.keys(scenarios).join(', ')}.`);
  return scenario;
}
