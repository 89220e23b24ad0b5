// Draws diagrams: node pictures.mjs FOLDER FILE.bpmn... writes FOLDER/NAME.svg for each.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openBrowser } from './browser.mjs';

const [ folder, ...files ] = process.argv.slice(2);
const { browser, page } = await openBrowser();

try {
  for (const file of files) {
    const svg = await page.evaluate((xml) => window.picture(xml), readFileSync(file, 'utf8'));
    const stable = numbered(svg.replace(/<!--[\s\S]*?-->\n?/g, '').replace(/[ \t]+$/gm, ''));
    writeFileSync(join(folder, `${basename(file, '.bpmn')}.svg`), `${stable.trim()}\n`);
  }
} finally {
  await browser.close();
}

// The library names markers at random; numbers keep a picture the same until its diagram changes.
function numbered(svg) {
  const numbers = new Map();
  return svg.replace(/marker-[a-z0-9]{20,}/g, (name) => {
    numbers.set(name, numbers.get(name) ?? `marker-${numbers.size + 1}`);
    return numbers.get(name);
  });
}
