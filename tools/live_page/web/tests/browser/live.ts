// Scenarios on the running product.
import type { Browser } from 'playwright-core';

export const live: { [name: string]: (browser: Browser, address: string) => Promise<void> } = {};
