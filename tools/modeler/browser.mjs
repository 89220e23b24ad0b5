// Opens Camunda's modeler in headless Chromium; whatever it reports as an error is collected.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { bundle } from './bundle.mjs';

const CANDIDATES = [ process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome' ];
const LAYOUT = `
  html, body { margin: 0; height: 100%; font-family: sans-serif; }
  body { display: flex; }
  #canvas { flex: 1; height: 100%; }
  #panel { width: 420px; height: 100%; overflow: auto; border-left: 1px solid #ccc; }
`;

export async function openBrowser(entry = 'browser/modeler.js') {
  const executablePath = CANDIDATES.find((path) => path && existsSync(path));
  if (!executablePath) {
    throw new Error('No Chromium was found; set CHROMIUM to the path of one.');
  }
  const browser = await puppeteer.launch({ executablePath, args: [ '--no-sandbox', '--disable-gpu' ] });
  const page = await browser.newPage();
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.setViewport({ width: 1100, height: 1000 });
  const { js, css } = await bundle(entry);
  await page.setContent('<!DOCTYPE html><html><head></head><body></body></html>');
  await page.addStyleTag({ content: css + LAYOUT });
  await page.addScriptTag({ content: js });
  return { browser, page, errors };
}
