import type { TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFullPanel } from './full-panel.js';
import { watchStatements } from './watch-statements.js';

const FEW = 5;
const MANY = 205;
const SITES_OF_AN_ACCOUNT = 20;
const SAMPLES = 3;

/** What one action costs the database and the host. */
interface Work {
  statements: number;
  /** Rows that they answered or changed. */
  rows: number;
  agentCalls: number;
  files: number;
  /** Of what the files hold. */
  bytes: number;
}
type Answer = Promise<{ status: number; body: unknown }>;

const watch = watchStatements();
let panel: TestPanel;
let plan: number;
let bystanders = 0;
let crowd = 0;

beforeAll(async () => {
  panel = await startFullPanel();
  plan = (await panel.api.post<{ id: number }>('/plans', { name: 'large', limits: { sites: null } })).body.id;
});
afterAll(async () => {
  watch.stop();
  await panel?.stop();
});

async function made<T>(answer: Promise<{ status: number; body: T }>): Promise<T> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
}

const addAccount = async (name: string) =>
  (await made(panel.api.post<{ account: { id: number } }>('/accounts', { name, plan }))).account.id;

/** Sites of other customers. */
async function growTo(count: number): Promise<void> {
  for (; bystanders < count; bystanders += 1) {
    if (bystanders % SITES_OF_AN_ACCOUNT === 0) crowd = await addAccount(`crowd${bystanders}`);
    await made(panel.api.post('/vhosts', { account: crowd, domain: `site${bystanders}.example.com` }));
  }
  await panel.settle(120);
}

/** The statements of the worker's loops and of `settle`, which come whether or not something is done. */
async function idleStatements(): Promise<Set<string>> {
  watch.take();
  await panel.settle();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await panel.settle();
  return new Set(watch.take().map(({ text }) => text));
}

async function workOf(action: () => Answer): Promise<Work> {
  const idle = await idleStatements();
  const before = panel.agent.calls.length;
  await made(action());
  await panel.settle();
  const own = watch.take().filter(({ text }) => !idle.has(text));
  const calls = panel.agent.calls.slice(before);
  const files = calls.flatMap(({ args }) => (args['files'] ?? []) as { content?: string }[]);
  return {
    statements: own.length,
    rows: own.reduce((sum, { rows }) => sum + rows, 0),
    agentCalls: calls.length,
    files: files.length,
    bytes: files.reduce((sum, { content }) => sum + (content?.length ?? 0), 0),
  };
}

/** The least of several: two objects that become due at the same moment may look once more than they need to. */
async function leastWorkOf(action: () => Answer): Promise<Work> {
  const samples: Work[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) samples.push(await workOf(action));
  return samples.reduce((least, work) => ({
    statements: Math.min(least.statements, work.statements),
    rows: Math.min(least.rows, work.rows),
    agentCalls: Math.min(least.agentCalls, work.agentCalls),
    files: Math.min(least.files, work.files),
    bytes: Math.min(least.bytes, work.bytes),
  }));
}

/** The same actions in a new account; names are of the same length in every round. */
async function round(letter: string): Promise<Record<string, Work>> {
  const account = await addAccount(`probe${letter}`);
  const site = await made(
    panel.api.post<{ id: number }>('/vhosts', { account, domain: `first.${letter}.example.net` }),
  );
  await panel.settle();
  let turn = 100;
  const next = () => (turn += 1);
  const actions: Record<string, () => Answer> = {
    'a new PHP site': () =>
      panel.api.post('/vhosts', { account, domain: `p${next()}.${letter}.example.net` }),
    'a new static site': () =>
      panel.api.post('/vhosts', { account, domain: `s${next()}.${letter}.example.net`, type: 'static' }),
    'an alias': () =>
      panel.api.patch(`/vhosts/${site.id}`, { aliases: [`a${next()}.${letter}.example.net`] }),
    'a cache time': () => panel.api.patch(`/vhosts/${site.id}/cache`, { ttl: next() }),
    'a PHP value': () => panel.api.patch(`/vhosts/${site.id}/php`, { ini: { max_execution_time: next() } }),
    'suspending an account and resuming it': async () => {
      await made(panel.api.post(`/accounts/${account}/suspend`, { reason: 'unpaid' }));
      await panel.settle();
      return panel.api.post(`/accounts/${account}/resume`, {});
    },
    'reading one site': () => panel.api.get(`/vhosts/${site.id}`),
    'a page of sites': () => panel.api.get('/vhosts?limit=3'),
    'a page of accounts': () => panel.api.get('/accounts?limit=2'),
  };
  const works: Record<string, Work> = {};
  for (const [name, action] of Object.entries(actions)) works[name] = await leastWorkOf(action);
  return works;
}

describe('what a change costs', () => {
  it('does not grow with the number of other people’s sites', async () => {
    await growTo(FEW);
    const few = await round('a');
    await growTo(MANY);
    const many = await round('b');
    for (const [name, work] of Object.entries(many)) {
      const before = few[name];
      // A look more or less of an object that waits for another is not growth.
      expect(work.statements, `statements: ${name}`).toBeLessThanOrEqual(
        (before?.statements ?? 0) * 1.15 + 1,
      );
      expect(work.rows, `rows: ${name}`).toBeLessThanOrEqual((before?.rows ?? 0) * 1.15 + 1);
      expect(work.agentCalls, `calls of the agent: ${name}`).toBeLessThanOrEqual(before?.agentCalls ?? 0);
      expect([work.files, work.bytes], `files: ${name}`).toEqual([before?.files, expect.any(Number)]);
      expect(work.bytes, `bytes: ${name}`).toBeLessThanOrEqual((before?.bytes ?? 0) * 1.01 + 20);
    }
    expect(many['a new PHP site']?.files).toBeGreaterThan(1);
    expect(many['a new PHP site']?.statements).toBeGreaterThan(20);
  }, 300_000);
});
