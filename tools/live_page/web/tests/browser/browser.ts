// Opens the page in headless Chromium; errors of the console and requests to other hosts are collected.
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const CANDIDATES = [ process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome' ];

export interface Seen {
  page: Page;
  problems: string[];
}

export async function launch(): Promise<Browser> {
  const executablePath = CANDIDATES.find((path) => path && existsSync(path));
  if (!executablePath) {
    throw new Error('No Chromium was found; set CHROMIUM to the path of one.');
  }
  return chromium.launch({ executablePath, args: [ '--no-sandbox', '--disable-gpu' ] });
}

export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, acceptDownloads: true, ...options });
  await context.grantPermissions([ 'clipboard-read', 'clipboard-write' ], { origin: new URL(url).origin });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && host !== new URL(url).host) {
      problems.push(`request to another host: ${request.url()}`);
    }
  });
  await page.goto(url);
  return { page, problems };
}
