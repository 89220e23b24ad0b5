// Builds the page: node build.mjs [FOLDER]; without FOLDER into ../assets. The same source gives the same bytes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, '../assets'));

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { page: 'src/main.tsx' },
  outdir: folder,
  bundle: true,
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  metafile: true,
  format: 'iife',
  target: [ 'es2022' ],
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning'
});

mkdirSync(folder, { recursive: true });
for (const name of [ 'index.html', 'icon.svg' ]) {
  writeFileSync(join(folder, name), readFileSync(join(here, 'src', name)));
}
writeFileSync(join(folder, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));

/** Returns the licence text of each package that is part of the bundle. */
function licences(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const found = /^(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) {
      packages.add(found[1]);
    }
  }
  const texts = [ ...packages ].map(licence).sort((a, b) => (a.title < b.title ? -1 : 1));
  const heading = 'page.js and page.css contain these packages.\n';
  return [ heading, ...texts.map(({ title, text }) => `${'-'.repeat(80)}\n${title}\n\n${text}\n`) ].join('\n');
}

function licence(path) {
  const { name, version, license } = JSON.parse(readFileSync(join(here, path, 'package.json'), 'utf8'));
  for (const file of [ 'LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'License' ]) {
    try {
      const text = readFileSync(join(here, path, file), 'utf8').replace(/\r\n/g, '\n').replace(/[ \t]+$/gm, '');
      return { title: `${name} ${version} (${license})`, text: text.trim() };
    } catch {
      // the next name
    }
  }
  return { title: `${name} ${version} (${license})`, text: `Licence: ${license}` };
}
