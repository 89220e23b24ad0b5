// Builds the page into a folder of its own and compares it with what is committed: node check_built.mjs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const committed = join(here, '../assets');
const built = mkdtempSync(join(tmpdir(), 'page-'));

try {
  const { status } = spawnSync(process.execPath, [ join(here, 'build.mjs'), built ], { stdio: 'inherit' });
  const different = status === 0 ? names().filter((name) => text(built, name) !== text(committed, name)) : [ 'the build itself' ];
  if (different.length > 0) {
    console.error(`tools/live_page/assets is not what its source gives (${different.join(', ')}). Run: make page`);
    process.exitCode = 1;
  }
} finally {
  rmSync(built, { recursive: true });
}

function names() {
  const all = [ ...readdirSync(built), ...readdirSync(committed) ].filter((name) => !name.startsWith('.'));
  return [ ...new Set(all) ];
}

function text(folder, name) {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return null;
  }
}
