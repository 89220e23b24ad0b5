// Draws diagrams: node pictures.mjs FOLDER FILE.bpmn... writes FOLDER/NAME.svg for each.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openBrowser } from './browser.mjs';

const [ folder, ...files ] = process.argv.slice(2);
const { browser, page } = await openBrowser();

try {
  for (const file of files) {
    const svg = await page.evaluate((xml) => window.picture(xml), readFileSync(file, 'utf8'));
    const stable = svg.replace(/<!--[\s\S]*?-->\n?/g, '').replace(/[ \t]+$/gm, '');
    writeFileSync(join(folder, `${basename(file, '.bpmn')}.svg`), `${stable.trim()}\n`);
  }
} finally {
  await browser.close();
}
