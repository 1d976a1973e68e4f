import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium, openBrowser } from './browser.js';
import { startPanelInBrowser, type PanelInBrowser } from './panel-in-browser.js';
import { signIn, visit, type Visit } from './visit.js';

const chromium = findChromium();
const reason =
  chromium === null ? ' (skipped: no Chromium; apt-get install chromium, or set TENPANEL_CHROMIUM)' : '';

describe.skipIf(chromium === null)(`the panel in a browser${reason}`, () => {
  let running: PanelInBrowser;
  let browser: Browser;
  let now: Visit;

  beforeAll(async () => {
    [running, browser] = await Promise.all([startPanelInBrowser(), openBrowser(chromium ?? '')]);
  });
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
  });
  beforeEach(async () => {
    now = await visit(browser);
  });
  afterEach(async () => {
    const { faults } = now;
    await now.close();
    expect(faults, 'the strict policy was kept and no script failed').toEqual([]);
  });

  const cell = (row: string, column: string) =>
    now.page
      .getByRole('row')
      .filter({ has: now.page.getByRole('rowheader', { name: row, exact: true }) })
      .locator(`[data-label="${column}"]`);

  it('says that a password is wrong, and asks nobody in', async () => {
    const { page } = now;
    await page.goto(`${running.url}/accounts`);
    await page.getByLabel('E-mail').fill(running.admin.email);
    await page.getByLabel('Password').fill('not the password at all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').textContent()).toMatch(/password is wrong/);
    expect(await page.getByRole('navigation').count()).toBe(0);
  });

  it('leads a new administrator from a plan to an account to a site that becomes active', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.getByRole('link', { name: 'Create plan' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('standard');
    await dialog.getByLabel('Memory').fill('512M');
    await dialog.getByRole('button', { name: 'Create plan' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await cell('standard', 'Memory').textContent()).toBe('512 MiB');

    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByText('An account is a customer').waitFor();
    await page.getByRole('button', { name: 'Create account' }).click();
    await dialog.getByLabel('Name').fill('alice');
    await dialog.getByLabel('e-mail').fill('alice@example.com');
    await dialog.getByRole('button', { name: 'Create account' }).click();
    const password = await dialog.getByLabel('Password').inputValue();
    expect(password.length).toBeGreaterThan(15);
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible(), 'a password that cannot be had again does not vanish by Escape').toBe(
      true,
    );
    await dialog.getByRole('button', { name: 'I have saved it' }).click();
    expect(await page.content()).not.toContain(password);
    await cell('alice', 'Status').getByText('Active').waitFor();

    await page.getByRole('link', { name: 'Sites' }).click();
    await page.getByRole('button', { name: 'Create site' }).click();
    await dialog.getByLabel('Domain').fill('shop.example.com');
    await dialog.getByLabel('PHP').selectOption('8.2');
    await dialog.getByRole('button', { name: 'Create site' }).click();
    await dialog.waitFor({ state: 'detached' });
    await cell('shop.example.com', 'Status').getByText('Active').waitFor();
    const { body } = await running.panel.api.get<{ items: { domain: string; account: { name: string } }[] }>(
      '/vhosts',
    );
    expect(body.items).toMatchObject([{ domain: 'shop.example.com', account: { name: 'alice' } }]);
  });

  it('puts what the API refuses beside the field it is about', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.goto(`${running.url}/vhosts?create`);
    const domain = page.getByLabel('Domain');
    await domain.fill('not a domain');
    await page.getByRole('dialog').getByRole('button', { name: 'Create site' }).click();
    await page.locator('[name=domain][aria-invalid=true]').waitFor();
    const described = (await domain.getAttribute('aria-describedby'))?.split(' ')[0];
    expect(await page.locator(`[id="${described}"]`).textContent()).toMatch(
      /letters, digits, dashes and dots/,
    );
    expect(await domain.evaluate((field) => field === document.activeElement)).toBe(true);

    await domain.fill('shop.example.com');
    await page.getByRole('dialog').getByRole('button', { name: 'Create site' }).click();
    await page.locator(`[id="${described}"]`, { hasText: 'in use' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL(`${running.url}/vhosts`);
  });

  it('suspends an account with a reason, shows it, and resumes it', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('button', { name: 'Suspend' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    expect(await dialog.getByText('Say why').textContent()).toMatch(/reason is kept/);
    const style = await dialog.evaluate((box) => getComputedStyle(box.querySelector('p') ?? box).whiteSpace);
    expect(style, 'a dialog that a table has opened does not look like a cell').toBe('normal');
    await dialog.getByLabel('Reason').fill('unpaid since May');
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    await cell('alice', 'Status').getByText('unpaid since May').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await cell('alice', 'Status').getByText('Active').waitFor();
  });

  it('shows what somebody else changes at once, without a reload', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.getByRole('link', { name: 'Accounts' }).click();
    await cell('alice', 'Status').waitFor();
    await running.panel.api.post('/accounts', { name: 'bob', plan: 1 });
    await cell('bob', 'Status').getByText('Active').waitFor();
  });

  it('keeps the session over a reload and renews it silently, also from two tabs at once', async () => {
    const { page } = now;
    await signIn(page, running);
    const other = await page.context().newPage();
    await Promise.all([page.goto(`${running.url}/plans`), other.goto(`${running.url}/audit`)]);
    await page.getByRole('heading', { name: 'Plans' }).waitFor();
    await other.getByRole('heading', { name: 'Audit log' }).waitFor();
  });

  it('says so when the session was ended elsewhere, and comes back to the same page', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.getByRole('link', { name: 'Plans' }).click();
    await cell('standard', 'Memory').waitFor();
    await running.panel.kernel.db.transaction('/', (em) =>
      em
        .getConnection()
        .execute('update kernel.sessions set revoked_at = now()', [], 'run', em.getTransactionContext()),
    );
    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByText('Your session has ended').waitFor();
    await page.getByLabel('E-mail').fill(running.admin.email);
    await page.getByLabel('Password').fill(running.admin.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  });

  it('opens the description of the API, which keeps the policy too', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.getByRole('link', { name: 'REST API' }).first().click();
    await page.getByText('vhosts', { exact: true }).click();
    await page.getByText('Create a web site').waitFor();
  });

  it('signs out for good', async () => {
    const { page } = now;
    await signIn(page, running);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.goto(`${running.url}/audit`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('shows a customer only what is theirs', async () => {
    const { page } = now;
    const { body } = await running.panel.api.post<{ generatedPassword: string }>('/accounts', {
      name: 'carol',
      plan: 1,
      owner: { email: 'carol@example.com' },
    });
    await signIn(page, {
      ...running,
      admin: { email: 'carol@example.com', password: body.generatedPassword },
    });
    await page.getByRole('link', { name: 'Accounts' }).click();
    await cell('carol', 'Status').waitFor();
    expect(await page.getByRole('rowheader').allTextContents()).toEqual(['carol']);
    expect(await page.getByRole('link', { name: 'Plugins' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Create account' }).count()).toBe(0);
  });

  it('asks for the second factor, and takes a backup code', async () => {
    const { page } = now;
    const codes = await switchTotpOn(running);
    await page.goto(running.url);
    await page.getByLabel('E-mail').fill(running.admin.email);
    await page.getByLabel('Password').fill(running.admin.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Code from your authenticator app').fill('000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').textContent()).toMatch(/code is wrong/);
    await page.getByLabel('Code from your authenticator app').fill(codes[0] ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  });
});

/** Through the API, as the administrator would. @returns the backup codes */
async function switchTotpOn({ panel, admin }: PanelInBrowser): Promise<string[]> {
  const { generate } = await import('otplib');
  const post = async <T>(path: string, body: unknown, token?: string): Promise<T> => {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(`${panel.url}/api${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const { accessToken } = await post<{ accessToken: string }>('/auth/login', {
    login: admin.email,
    password: admin.password,
  });
  const { secret } = await post<{ secret: string }>('/me/totp', {}, accessToken);
  const { backupCodes } = await post<{ backupCodes: string[] }>(
    '/me/totp/confirm',
    { code: await generate({ secret }) },
    accessToken,
  );
  return backupCodes;
}
