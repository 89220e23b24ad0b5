// Runs a TypeScript file with Node: node run.mjs FILE.ts ARGUMENTS...
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const bundled = join(here, 'node_modules', `.run-${process.pid}.mjs`); // beside the packages that it imports
const [ file ] = process.argv.splice(2, 1);

await build({
  entryPoints: [ resolve(file) ],
  outfile: bundled,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'error'
});
process.on('exit', () => rmSync(bundled, { force: true }));
await import(pathToFileURL(bundled).href);
