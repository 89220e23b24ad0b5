// Scenarios on the running product: each view does what it is for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { open } from './browser';
import { focused, tabTo } from './focus';
import { anEvent, base, changed, example, openElement, registered, start, upload, WITHIN_MS } from './steps';

type Scenario = (browser: Browser, address: string) => Promise<void>;

export const live: { [name: string]: Scenario } = {
  'addresses, a file, an example': onPage(async (page) => {
    const row = page.locator('.addresses > div').filter({ hasText: 'Camunda over REST' });
    const shown = await row.locator('code').innerText();
    await row.getByRole('button', { name: /^Copy/ }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
    assert.match(shown, /^http:\/\/127\.0\.0\.1:\d+$/);

    await upload(page, 'broken.bpmn', '<bpmn');
    await page.getByRole('alert').getByText('broken.bpmn was not deployed.').waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();

    await upload(page, 'run-task.bpmn', example('run-task'));
    await page.getByText(/Deployed: run-task version \d/).waitFor();
    await page.goto(`${base(page)}#/start`);
    await page.getByRole('button', { name: /^Load the example Run an Actor and wait for its event/ }).click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(JSON.parse(await page.getByRole('textbox', { name: /^Variables/ }).inputValue()), { query: 'tea' });
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('completed').first().waitFor({ timeout: WITHIN_MS });
  }),

  'badges say what is wrong': onPage(async (page) => {
    await upload(page, 'wrong-letter.bpmn', changed('async-actor', 'wrong-letter', [ [ '"=connectorData.runId"', '"=connectorData.runid"' ] ]));
    await page.locator('.diagram-badge.bad', { hasText: 'faulty' }).waitFor({ timeout: WITHIN_MS });
    await page.getByRole('heading', { name: 'Why it does not go on' }).waitFor();
    await page.locator('.attention').getByText('Was `connectorData.runId` meant?').waitFor();
    await page.locator('.diagram-badge.good', { hasText: 'ready' }).first().waitFor();
    await page.locator('.djs-element[data-element-id="ActorFinished"]').click();
    await page.getByRole('heading', { name: 'Actor finished', level: 2 }).waitFor();
  }),

  'an instance: variables, tokens, incident, cancel': onPage(async (page) => {
    await upload(page, 'no-actor.bpmn', changed('run-actor', 'no-actor', [ [ 'source="acme/crawler"', 'source="acme/nothing"' ] ]));
    await start(page, '{"url": ');
    await page.getByRole('alert').getByText('line 1, column').waitFor();
    await page.getByRole('textbox', { name: /^Variables/ }).fill('{"url": "https://example.com/"}');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('.instances').getByText('incident').first().waitFor();
    await page.locator('.instance-detail .callout.bad').getByText('ACTOR_NOT_FOUND', { exact: false }).waitFor();
    await page.locator('.token.bad').waitFor();
    await page.locator('.variables').getByText('"https://example.com/"').first().waitFor();
    await page.locator('.instance-detail').getByRole('button', { name: /^Resolve incident/ }).click();
    await page.getByText('The incident is resolved').waitFor();
    await page.getByRole('button', { name: /^Cancel instance/ }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.locator('.instances').getByText('terminated').waitFor();
  }),

  'the panel of an element': onPage(async (page) => {
    await upload(page, 'panel.bpmn', changed('async-actor', 'panel', [ [ '"=connectorData.eventType = &#34;ACTOR.RUN.SUCCEEDED&#34;"', '"=connectorData.resource.exitCode = 7"' ], [ 'value="succeeded"', 'value="custom"' ] ]));
    await openElement(page, 'Actor finished');
    await registered(page);
    const panel = page.locator('.element-panel');
    await panel.getByText('{{secrets.APIFY_TOKEN}}').waitFor();
    await start(page, '{"query": "tea"}');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await panel.getByText(/with key/).first().waitFor();
    await panel.locator('.verdict').first().getByText('condition false').waitFor();
    await panel.locator('.verdict').first().getByText('connectorData.resource.exitCode', { exact: true }).waitFor();
    assert.doesNotMatch(await panel.innerText(), /token-of-acme/);
  }),

  'runs, deliveries and test events at Apify': onPage(async (page) => {
    await upload(page, 'slow.bpmn', changed('start-event', 'slow', [ [ '"acme/crawler"', '"acme/slow"' ] ]));
    await registered(page);
    await page.goto(`${base(page)}#/apify`);
    await page.getByRole('button', { name: 'Start a run …' }).click();
    await page.getByRole('combobox', { name: 'Actor or task' }).selectOption('acme/slow');
    await page.getByRole('textbox', { name: 'Input (JSON)' }).fill('{"marker": 4711}');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.getByText(/^Started run /).waitFor();
    await page.getByRole('button', { name: /^End run .* as FAILED/ }).first().click();
    await page.locator('section[aria-labelledby=runs-title]').getByText('failed').first().waitFor();
    const deliveries = page.locator('section[aria-labelledby=deliveries-title]');
    await deliveries.getByText('FAILED', { exact: true }).first().waitFor();
    await deliveries.locator('.badge', { hasText: '200' }).first().waitFor();
    await deliveries.getByRole('button', { name: /^Deliver .* again/ }).first().click();
    await page.getByText('The delivery is sent again.').waitFor();
    await page.getByRole('button', { name: /^Send a test event of webhook/ }).first().click();
    await page.getByText('A test event was sent.').waitFor();
    const list = page.getByRole('listbox', { name: 'Steps' });
    await page.getByRole('searchbox').fill('run.failed');
    await list.getByRole('option').first().click();
    await page.getByRole('region', { name: 'The selected step' }).getByText('"acme/slow"').waitFor();
  }),

  'a payload as a tree, and FEEL on it': onPage(async (page) => {
    await anEvent(page);
    await page.getByRole('treeitem', { name: /^[▾▸]?connectorData/ }).first().getByText('eventType', { exact: true }).click();
    await page.locator('.picked').getByText('connectorData.eventType', { exact: true }).waitFor();
    await page.locator('.answer').getByText('"ACTOR.RUN.', { exact: false }).waitFor();
    const box = page.getByRole('textbox', { name: 'FEEL expression on this payload' });
    await box.fill('= connectorData.nothing.x');
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.locator('.answer pre').getByText('null', { exact: true }).waitFor();
    await page.locator('.answer .said').first().waitFor();
    await box.fill('= connectorData. +');
    await page.keyboard.press('Enter');
    await page.locator('.answer').getByText(/\^/).waitFor();
    await page.locator('.answer').getByText(/^line 1, column \d+$/).waitFor();
  }),

  'the ledger: effects, attempts, replay': onPage(async (page) => {
    await anEvent(page);
    const replay = page.getByRole('button', { name: /^Replay event/ });
    await replay.first().click();
    await page.locator('.notices .notice').first().waitFor();
    await page.goto(`${base(page)}#/ledger`);
    await page.locator('.counts dd').first().waitFor();
    await page.getByRole('heading', { name: /^Attempts of jobs/ }).waitFor();
    await page.getByRole('cell', { name: /RunActor/ }).first().waitFor();
  }),

  'what was seen is saved': onPage(async (page) => {
    await anEvent(page);
    await page.getByRole('button', { name: 'Save as …' }).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the archive' }).click();
    const file = readFileSync(await (await coming).path());
    assert.equal(file.subarray(0, 2).toString(), 'PK');
    for (const name of [ 'README.txt', '.bpmn', '.world.json', 'test_recorded.py' ]) {
      assert(file.includes(name), name);
    }
  }),

  'the keyboard alone': onPage(async (page) => {
    await page.getByRole('button', { name: /^Load the example Run an Actor and wait for its event/ }).waitFor();
    await tabTo(page, 'Load the example Run an Actor and wait for its event');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Start', true);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('completed').first().waitFor({ timeout: WITHIN_MS });
    await tabTo(page, 'intermediate catch event');
    await page.keyboard.press('Enter');
    await page.locator('.verdict').first().waitFor();
    assert.match(await focused(page), /Actor finished/);
    await tabTo(page, 'SUCCEEDED');
    await page.keyboard.press('Enter');
    await page.getByRole('tree', { name: 'Payload' }).waitFor();
    await tabTo(page, 'connectorData');
    await page.keyboard.press('Enter');
    await page.locator('.picked').getByText('connectorData', { exact: true }).waitFor();
    await tabTo(page, 'FEEL expression', false, '= count(documents)');
    await page.keyboard.press('Enter');
    await page.locator('.answer').getByText('0', { exact: true }).waitFor();
  }),

  'a wrong correlation key is seen and corrected': onPage(async (page) => {
    await upload(page, 'wrong-key.bpmn', changed('async-actor', 'wrong-key', [ [ '"=connectorData.runId"', '"=connectorData.userId"' ] ]));
    await registered(page);
    await start(page, '{"query": "tea"}');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('.attention').getByText('the two correlation keys differ').waitFor();
    await openElement(page, 'Actor finished');
    await page.getByRole('button', { name: 'Correct correlationKeyExpression' }).click();
    await page.getByRole('textbox', { name: 'New value of correlationKeyExpression' }).fill('=connectorData.runId');
    await page.getByRole('button', { name: 'Deploy with this value' }).click();
    await page.getByText('Deployed: wrong-key version 2.').waitFor();
    await page.getByText('One instance goes on with version 1').waitFor();
    await registered(page);
    await start(page, '{"query": "tea"}');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('.instances').getByText('completed').waitFor();
  })
};

function onPage(act: (page: Page) => Promise<void>): Scenario {
  return async (browser, address) => {
    const { page, problems } = await open(browser, address);
    page.setDefaultTimeout(WITHIN_MS);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await act(page);
    // the browser reports each refused request by itself; those are part of a scenario
    assert.deepEqual(problems.filter((problem) => !/Failed to load resource.*status of 4/.test(problem)), []);
  };
}
