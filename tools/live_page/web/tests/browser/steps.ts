// What a person does on the page, one function each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const EXAMPLES = join(process.cwd(), '../../../examples');
export const WITHIN_MS = Number(process.env.WITHIN_MS ?? 90_000);

export function base(page: Page): string {
  return page.url().split('#')[0]!;
}

export function example(name: string): string {
  return readFileSync(join(EXAMPLES, `${name}.bpmn`), 'utf8');
}

/** Returns an example with another process id, messages of its own, and these texts replaced. */
export function changed(name: string, processId: string, changes: [string, string][]): string {
  const given = example(name).replaceAll(`"${name}"`, `"${processId}"`).replace(/(<bpmn:message [^>]*name=")[^"]*/g, `$1${processId}`);
  return changes.reduce((text, [ from, to ]) => {
    assert(text.includes(from), `${name}.bpmn has no ${from}`);
    return text.replaceAll(from, to);
  }, given);
}

export async function upload(page: Page, name: string, content: string): Promise<void> {
  await page.locator('input[type=file]').first().setInputFiles({ name, mimeType: 'application/xml', buffer: Buffer.from(content) });
}

/** Opens the dialog and fills in variables. */
export async function start(page: Page, variables: string): Promise<void> {
  await page.getByRole('button', { name: 'Start an instance …' }).first().click();
  await page.getByRole('textbox', { name: /^Variables/ }).fill(variables);
  if (!variables.endsWith('}')) {
    await page.getByRole('button', { name: 'Start', exact: true }).click();
  }
}

export async function openElement(page: Page, name: string): Promise<void> {
  await page.locator('.element-button', { hasText: name }).click();
  await page.getByRole('heading', { name, level: 2 }).waitFor();
}

/** Waits until the elements of the process that is shown are registered. */
export async function registered(page: Page): Promise<void> {
  await page.locator('.diagram-badge', { hasText: /^registered/ }).first().waitFor({ timeout: WITHIN_MS });
}

/** Lets an example make an event, and opens it. */
export async function anEvent(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Load the example Run an Actor and wait for its event/ }).click();
  await page.getByText(/Deployed: async-actor/).waitFor();
  await registered(page);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('.instances').getByText('completed').first().waitFor();
  await page.goto(`${base(page)}#/events`);
  await page.getByRole('option').first().click();
  await page.getByRole('tree', { name: 'Payload' }).waitFor();
}
