// Scenarios that need no running product: a fake server gives the answers.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { FakeServer } from '../fake_server';
import { manyEvents, manySteps, world, type World } from '../fixtures';
import { open, type Seen } from './browser';
import { focused, tabTo } from './focus';

const HOSTILE = '<img src="http://evil.example/x" onerror="window.hacked=1"><script>window.hacked=1</script>"\'><svg onload=window.hacked=1> javascript:window.hacked=1';
const VIEWS = [ '#/start', '#/process/1', '#/process/1?element=Run', '#/process/1?element=Catch&instance=11', '#/process/1?instance=12', '#/apify', '#/events', '#/events/event-1', '#/ledger' ];

type Scenario = (browser: Browser) => Promise<void>;

export const alone: { [name: string]: Scenario } = {
  'markup in every field stays text': (browser) => withWorld(browser, world(HOSTILE), async ({ page }, server) => {
    for (const view of VIEWS) {
      await page.goto(server.url + view);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('<script>').first().waitFor();
      assert.equal(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked), undefined, view);
      assert.deepEqual(await page.locator('main script, main iframe, main img, [onerror], [onload]').count(), 0, view);
      const links = await page.locator('a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol));
      assert.deepEqual([ ...new Set(links) ], [ 'http:' ], view);
    }
  }),

  'ten thousand steps': (browser) => withWorld(browser, { ...world(), steps: manySteps(10_000) }, async ({ page }, server) => {
    await page.goto(`${server.url}#/apify`);
    const list = page.getByRole('listbox', { name: 'Steps' });
    await list.getByText('number=10000', { exact: false }).waitFor();
    for (let pages = 0; pages < 9; pages += 1) {
      await page.getByRole('button', { name: 'Read earlier steps' }).click();
      await page.getByText(`(${(pages + 2) * 1000} steps)`).waitFor();
    }
    await list.focus();
    await page.keyboard.press('Home');
    await page.getByRole('option', { selected: true }).getByText('number=1', { exact: true }).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('option', { selected: true }).getByText('number=10000').waitFor();
    assert((await list.getByRole('option').count()) < 100, 'only the visible rows are on the page');
    server.send('step', Array.from({ length: 500 }, (_, index) => ({ ...manySteps(1)[0]!, seq: 10_001 + index, facts: { fresh: index } })));
    await list.getByText('fresh=499').waitFor();
    await page.getByRole('searchbox').fill('number=4711');
    await page.getByText('(1 of 10500 steps)').waitFor();
  }),

  'five hundred events': (browser) => withWorld(browser, { ...world(), events: manyEvents(500) }, async ({ page }, server) => {
    await page.goto(`${server.url}#/events`);
    const list = page.getByRole('listbox', { name: 'Events, newest first' });
    await list.getByText('run-1', { exact: false }).first().waitFor();
    await list.focus();
    await page.keyboard.press('End');
    await page.waitForURL(/event-500$/);
    assert((await list.getByRole('option').count()) < 60, 'only the visible rows are on the page');
  }),

  'a change reads only what is visible': (browser) => withWorld(browser, world(), async ({ page }, server) => {
    await page.goto(`${server.url}#/ledger`);
    await page.getByRole('heading', { name: 'Effects by state' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/api/')[1] ?? ''));
    server.world.ledger.effectCounts = { done: 41 };
    const changed = { sections: [ 'ledger', 'apify', 'instances' ] };
    for (let times = 0; times < 5; times += 1) {
      server.send('changed', changed);
    }
    await page.getByText('41', { exact: true }).waitFor();
    server.world.ledger.effectCounts = { done: 42 };
    server.send('changed', changed);
    await page.getByText('42', { exact: true }).waitFor();
    assert.deepEqual(new Set(asked), new Set([ 'ledger' ]));
    assert(asked.length <= 3, `asked ${asked.length} times`);
  }),

  'what the mode does not allow is hidden': (browser) => {
    const readOnly = world();
    const no = Object.fromEntries(Object.keys(readOnly.state.may).map((name) => [ name, false ]));
    readOnly.state = { ...readOnly.state, mode: 'stack', may: no as unknown as World['state']['may'], examples: [] };
    return withWorld(browser, readOnly, async ({ page }, server) => {
      for (const view of VIEWS) {
        await page.goto(server.url + view);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle').catch(() => undefined);
        const names = await page.getByRole('button').allInnerTexts();
        const writes = names.filter((name) => /deploy|start an|start a run|cancel|resolve|replay|again|test event|pause|resume|save|load|it happened|evaluate|correct|succeeded$/i.test(name));
        assert.deepEqual(writes, [], view);
        assert.equal(await page.locator('input[type=file]').count(), 0, view);
      }
    });
  },

  'keyboard alone': (browser) => withWorld(browser, world(), async ({ page }, server) => {
    await page.goto(`${server.url}#/process/1`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await tabTo(page, 'Skip to content');
    await tabTo(page, 'Start an instance');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until(async () => /Start an instance/.test(await focused(page)), 'the focus returns');
    await tabTo(page, 'intermediate catch event');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Last events' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Last events' }).waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.id === 'element-Catch');
    await page.goto(`${server.url}#/events/event-1`);
    await page.getByRole('tree', { name: 'Payload' }).waitFor();
    await tabTo(page, 'connectorData');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('connectorData.status', { exact: true }).first().waitFor();
    assert.deepEqual(server.writes.at(-1), { path: 'feel', body: { expression: '= connectorData.status', context: server.world.event.payload } });
  }),

  'wrong JSON is told beside the field': (browser) => withWorld(browser, world(), async ({ page }, server) => {
    await page.goto(`${server.url}#/process/1`);
    await page.getByRole('button', { name: 'Start an instance …' }).first().click();
    await page.getByRole('textbox', { name: 'Variables' }).fill('{\n  "query": tea }');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText('line 2, column').waitFor();
    await page.getByRole('textbox', { name: 'Variables' }).fill('[1]');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText('must be a JSON object').waitFor();
    assert.deepEqual(server.writes, []);
    await page.getByRole('textbox', { name: 'Variables' }).fill('{"query": "tea"}');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Started instance 11.').waitFor();
    assert.deepEqual(server.writes, [ { path: 'processes/1/start', body: { variables: { query: 'tea' } } } ]);
  }),

  'a property is corrected and deployed': (browser) => withWorld(browser, world(), async ({ page }, server) => {
    await page.goto(`${server.url}#/process/1?element=Catch`);
    await page.getByRole('button', { name: 'Correct correlationKeyExpression' }).click();
    await page.getByRole('textbox', { name: 'New value of correlationKeyExpression' }).fill('=connectorData.runId');
    await page.getByRole('button', { name: 'Deploy with this value' }).click();
    await page.getByText('Deployed: crawl version 2.').waitFor();
    assert.deepEqual(server.writes, [ {
      path: 'processes/1/elements/Catch/properties',
      body: { name: 'correlationKeyExpression', value: '=connectorData.runId' }
    } ]);
    assert.equal(await page.getByRole('button', { name: 'Correct authentication.token' }).count(), 0);
  }),

  'the diagram is fitted again': (browser) => withWorld(browser, world(), async ({ page }, server) => {
    await page.goto(`${server.url}#/process/1`);
    await page.locator('.djs-element').first().waitFor();
    const isInside = () => page.evaluate(() => {
      const box = document.querySelector('.canvas')!.getBoundingClientRect();
      const drawn = [ ...document.querySelectorAll('.djs-shape') ].map((shape) => shape.getBoundingClientRect());
      return drawn.length > 0 && drawn.every((shape) => shape.left >= box.left && shape.right <= box.right);
    });
    await page.setViewportSize({ width: 520, height: 700 });
    await page.waitForFunction(() => document.querySelector('.canvas')!.clientWidth < 520);
    await until(isInside, 'the diagram is inside its box in a small window');
    await page.getByRole('button', { name: 'Larger' }).click();
    await page.getByRole('button', { name: 'Larger' }).click();
    const scale = () => page.evaluate(() => document.querySelector('.canvas .viewport')!.getAttribute('transform')!.split(/[(,]/)[1]);
    const chosen = await scale();
    await page.setViewportSize({ width: 1300, height: 900 });
    await page.waitForFunction(() => document.querySelector('.canvas')!.clientWidth > 520);
    assert.equal(await scale(), chosen, 'the size that a person chose stays');
    await page.getByRole('button', { name: 'Fit' }).click();
    await until(isInside, 'it is fitted by hand');
  }),

  'a narrow window does not scroll sideways': (browser) => withWorld(browser, world(), async ({ page }, server) => {
    await page.setViewportSize({ width: 420, height: 800 });
    for (const view of VIEWS) {
      await page.goto(server.url + view);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      assert.deepEqual(await page.evaluate(sticksOut), [], view);
    }
  }),

  'text has contrast, parts have names': (browser) => withWorld(browser, world(), async (_, server) => {
    for (const colorScheme of [ 'light', 'dark' ] as const) {
      const { page } = await open(browser, server.url, { colorScheme });
      for (const view of VIEWS) {
        await page.goto(server.url + view);
        await page.getByRole('heading', { level: 1 }).waitFor();
        assert.deepEqual(await page.evaluate(faults), [], `${view} ${colorScheme}`);
      }
    }
  })
};

async function withWorld(browser: Browser, given: World, act: (seen: Seen, server: FakeServer) => Promise<void>): Promise<void> {
  const server = await FakeServer.start(given);
  try {
    const seen = await open(browser, server.url);
    await act(seen, server);
    assert.deepEqual(seen.problems, []);
  } finally {
    server.stop();
  }
}

/** Waits until something holds. */
async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; !(await holds());) {
    assert(Date.now() < end, what);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Returns what makes the page wider than its window; runs in the page. */
function sticksOut(): string[] {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) {
    return [];
  }
  const wide = [ ...document.querySelectorAll('body *') ].filter((each) => each.getBoundingClientRect().right > clientWidth + 1);
  return [ `${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 12).map((each) => `${each.tagName}.${each.getAttribute('class')}`) ];
}

/** Returns texts with too little contrast, and controls without a name; runs in the page. */
function faults(): string[] {
  const rgb = (text: string) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [ r = 0, g = 0, b = 0, a = 0 ] = canvas.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  };
  const light = ({ r, g, b }: { r: number; g: number; b: number }) => {
    const part = (value: number) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element: Element | null): { r: number; g: number; b: number } => {
    for (let each = element; each; each = each.parentElement) {
      const color = rgb(getComputedStyle(each).backgroundColor);
      if (color.a > 0.99) {
        return color;
      }
    }
    return { r: 255, g: 255, b: 255 };
  };
  const found: string[] = [];
  for (const element of document.querySelectorAll('main *, header *')) {
    const own = [ ...element.childNodes ].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    if (!own || element.closest('svg, .bjs-powered-by, .hidden, .sign') || !(element as HTMLElement).checkVisibility?.()) {
      continue;
    }
    const pair = [ light(rgb(getComputedStyle(element).color)), light(ground(element)) ].sort((a, b) => b - a) as [number, number];
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) {
      found.push(`${element.className} “${element.textContent?.slice(0, 30)}” has contrast ${ratio.toFixed(2)}`);
    }
  }
  for (const control of document.querySelectorAll('button, a, input, select, textarea')) {
    const labels = (control as HTMLInputElement).labels?.length ?? 0;
    if (!control.textContent?.trim() && !control.getAttribute('aria-label') && !control.getAttribute('title') && labels === 0) {
      found.push(`${control.outerHTML.slice(0, 80)} has no name`);
    }
  }
  return found;
}
