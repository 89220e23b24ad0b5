// Takes the pictures of the documents: pictures.ts ADDRESS FOLDER light|dark [NAME,NAME...]; without names all.
import { join } from 'node:path';
import { launch, open } from './browser';
import { base, changed, openElement, registered, start, upload, WITHIN_MS } from './steps';

const [ address = '', folder = '', scheme = 'light', names = '' ] = process.argv.slice(2);
const browser = await launch();
const { page } = await open(browser, address, { colorScheme: scheme as 'light' | 'dark', viewport: { width: 1360, height: 860 }, timezoneId: 'UTC' });
page.setDefaultTimeout(WITHIN_MS);
const process_ = `tea-${scheme}`;

await page.getByRole('heading', { name: 'Or try an example' }).waitFor();
await picture('start');

await deploy('"=connectorData.runid"');
await page.locator('.diagram-badge.bad').waitFor();
await picture('faulty');

await deploy('"=connectorData.userId"');
await registered(page);
await run();
await page.locator('.attention').getByText('the two correlation keys differ').waitFor();
await picture('waits');
await openElement(page, 'Actor finished');
await page.locator('.verdict').first().waitFor();
await picture('element');
await page.getByRole('button', { name: 'Correct correlationKeyExpression' }).click();
await page.getByRole('textbox', { name: 'New value of correlationKeyExpression' }).fill('=connectorData.runId');
await picture('correct');
await page.getByRole('button', { name: 'Deploy with this value' }).click();
await page.getByText('One instance goes on with version').waitFor();
await registered(page);
await run();
await page.locator('.instances').getByText('completed').first().waitFor();
await picture('ended');

await page.goto(`${base(page)}#/apify`);
await page.getByRole('option').last().click();
await picture('time-line');

await page.goto(`${base(page)}#/events`);
await page.getByRole('option').first().click();
await page.getByRole('treeitem', { name: /connectorData/ }).first().getByText('runId', { exact: true }).click();
await page.getByRole('textbox', { name: 'FEEL expression on this payload' }).fill('= date and time(connectorData.resource.finishedAt) - date and time(connectorData.resource.startedAt)');
await page.getByRole('button', { name: 'Evaluate' }).click();
await page.locator('.answer').getByText(/PT|P0D/).first().waitFor();
await page.locator('.feel-box').scrollIntoViewIfNeeded();
await picture('payload');

await page.goto(`${base(page)}#/ledger`);
await page.locator('.counts dd').first().waitFor();
await picture('ledger');
await page.getByRole('button', { name: 'Save as …' }).click();
await picture('save');
await browser.close();
process.exit(0);

async function deploy(key: string): Promise<void> {
  await upload(page, 'tea.bpmn', changed('async-actor', process_, [ [ '"=connectorData.runId"', key ] ]));
  await page.getByText(/^Deployed: /).last().waitFor();
}

async function run(): Promise<void> {
  await start(page, '{"query": "tea"}');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
}

/** Waits until notices are gone and drawings have settled, and takes a picture. */
async function picture(name: string): Promise<void> {
  if (names && !names.split(',').includes(name)) {
    return;
  }
  for (const close of await page.getByRole('button', { name: 'Close the notice' }).all()) {
    await close.click({ timeout: 2000 }).catch(() => undefined); // it went by itself
  }
  await page.mouse.move(0, 0);
  await page.waitForTimeout(800);
  await page.screenshot({ path: join(folder, `page-${name}${scheme === 'dark' ? '-dark' : ''}.png`) });
}
