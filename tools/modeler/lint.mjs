// Lints diagrams as Camunda Modeler does: node lint.mjs TEMPLATES.json FILE...
// TEMPLATES.json is a list of element templates. Prints a JSON object of reports by file.
import { readFileSync } from 'node:fs';
import { openBrowser } from './browser.mjs';

const [ templates, ...files ] = process.argv.slice(2);
const known = JSON.parse(readFileSync(templates, 'utf8'));
const { browser, page } = await openBrowser('browser/linter.js');
const reports = {};

try {
  for (const file of files) {
    reports[file] = await page.evaluate((xml, given) => window.lint(xml, given), readFileSync(file, 'utf8'), known);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(reports));
