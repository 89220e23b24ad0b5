// Opens each template in Camunda's properties panel and takes a screenshot.
// Reads {"diagram": XML, "folder": DIR, "views": [{"name", "template", "element", "preset", "openAll",
// "others": further templates that are installed, "diagram": XML}]},
// prints {"errors": [...], "views": {NAME: {"fields": [...], "groups": [...], "messages": [...], "xml": XML}}}.
import { given } from './given.mjs';
import { join } from 'node:path';
import { openBrowser } from './browser.mjs';

const { diagram, folder, views } = await given();
const { browser, page, errors } = await openBrowser();
const told = {};

try {
  for (const view of views) {
    const known = [ view.template, ...(view.others ?? []) ];
    const problems = await page.evaluate((...given) => window.openModeler(...given), view.diagram ?? diagram, known);
    errors.push(...problems.map((problem) => `${view.name}: ${problem}`));
    await shown('.bio-properties-panel-group'); // it listens for the selection from its first drawing on
    await settled();
    await page.evaluate((...given) => window.applyTemplate(...given), view.element, view.template.id, view.preset);
    await shown('[data-group-id^="group-ElementTemplates__CustomProperties"]');
    if (view.openAll) {
      await page.$$eval('.bio-properties-panel-group-header:not(.open)', (found) => found.forEach((each) => each.click()));
    }
    await settled();
    if (folder) {
      await page.screenshot({ path: join(folder, `${view.name}.png`) });
    }
    told[view.name] = { ...await page.evaluate(visible), xml: await page.evaluate(() => window.currentXML()) };
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify({ errors, views: told }));

async function shown(selector) {
  await page.waitForFunction((wanted) => document.querySelector(wanted), { polling: 50 }, selector);
}

async function settled() {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

function visible() {
  const seen = (element) => element.offsetParent !== null;
  const texts = (selector) => [ ...document.querySelectorAll(selector) ].filter(seen).map((each) => each.textContent.trim());
  return {
    fields: texts('.bio-properties-panel-group-entries.open .bio-properties-panel-entry .bio-properties-panel-label'),
    groups: texts('.bio-properties-panel-group-header-title'),
    messages: texts('.bio-properties-panel-error')
  };
}
