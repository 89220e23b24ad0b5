// Bundles a script of browser/ with what it imports, into memory.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export async function bundle(entry) {
  const result = await build({
    entryPoints: [ fileURLToPath(new URL(entry, import.meta.url)) ],
    bundle: true,
    write: false,
    outdir: 'bundle',
    format: 'iife',
    loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.eot': 'dataurl', '.svg': 'dataurl' },
    logLevel: 'error'
  });
  const text = (extension) => result.outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  return { js: text('.js'), css: text('.css') };
}
