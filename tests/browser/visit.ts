import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { PanelInBrowser } from './panel-in-browser.js';

export interface Visit {
  page: Page;
  /** What the browser's content security policy refused, and what the page's scripts threw. */
  faults: string[];
  close(): Promise<void>;
}

/** A fresh browser profile; every breach of the policy and every uncaught error is kept. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    colorScheme: 'light',
    ...options,
  });
  const faults: string[] = [];
  await context.exposeFunction('tellBreach', (text: string) => faults.push(text));
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', (e) => tellBreach(e.violatedDirective + ' refused ' + e.blockedURI))`,
  );
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content.Security.Policy|TrustedHTML|\[Vue warn\]|\[intlify\]/i.test(message.text()))
      faults.push(message.text());
  });
  return { page, faults, close: () => context.close() };
}

export async function signIn(page: Page, { url, admin }: PanelInBrowser): Promise<void> {
  await page.goto(url);
  await page.getByLabel('E-mail').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}
