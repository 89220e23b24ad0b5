// Moves about the page with the keyboard.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

const MOST_PRESSES = 150;

/** Presses Tab until the focus is on something with this text (or with this text alone), and types into it. */
export async function tabTo(page: Page, text: string, isExact = false, typed = ''): Promise<void> {
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (isExact ? now.trim() === text : now.includes(text)) {
      if (typed) {
        await page.keyboard.press('Control+A');
        await page.keyboard.type(typed);
      }
      return;
    }
  }
  assert.fail(`Tab does not reach “${text}”.`);
}

/** Returns the name and text of what has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    if (!element || element === document.body) {
      return '';
    }
    const labels = [ ...(element.labels ?? []) ].map((label) => label.textContent).join(' ');
    return `${element.getAttribute('aria-label') ?? ''} ${labels} ${element.textContent ?? ''}`;
  });
}
