import type { TestPanel } from '@tenpanel/testing';
import { sql } from '@tenpanel/kernel/db/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from './document.js';
import { startFullPanel } from './full-panel.js';
import { injections, lineBreaks, neverTaken } from './hostile-values.js';
import { SchemaWalk, type Leaf } from './leaves.js';
import { samples } from './samples.js';
import { wellFormed } from './well-formed.js';
import { Walker } from './walker.js';

/**
 * Every place of every operation that takes text is given what broke other panels. It must be refused with an answer
 * that names the field, and must leave nothing behind but one row in the audit log.
 */

/** Compared with something or looked up, never stored; what they are given is nobody's business but the throttle's. */
const ONLY_COMPARED = new Set([
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/logout',
  'POST /auth/step-up',
]);
let panel: TestPanel;
let walker: Walker;
let walk: SchemaWalk;
let token: string;

beforeAll(async () => {
  panel = await startFullPanel({ worker: false });
  walker = await Walker.over(panel);
  walk = new SchemaWalk(walker.document.schemas);
  token = (panel.api as unknown as { token: string }).token;
  // What the first site brings with it for the whole server is there before anything is counted.
  const plan = await panel.api.post<{ id: number }>('/plans', { name: 'standard', limits: {} });
  await panel.api.post('/accounts', { name: 'alice', plan: plan.body.id });
  await panel.api.post('/vhosts', { account: 1, domain: 'a.example.com' });
});
afterAll(() => panel?.stop());

interface Case {
  leaf: Leaf;
  what: string;
  value: unknown;
  /** Words for people may hold it. */
  mayPass: boolean;
}

function casesOf(leaf: Leaf): Case[] {
  const all = (values: Record<string, unknown>, mayPass: boolean): Case[] =>
    Object.entries(values).map(([what, value]) => ({ leaf, what, value, mayPass }));
  return [...all(neverTaken, false), ...all(lineBreaks, leaf.multiline), ...all(injections, true)];
}

type Problem = { code?: string; errors?: { pointer: string; in?: string }[] };

function faultOf(one: Case, status: number, contentType: string, body: Problem): string | null {
  const pointer = one.leaf.path.map((key) => `/${key === '*' ? 'sample' : key}`).join('');
  const named = (body?.errors ?? []).some(
    (error) =>
      pointer === error.pointer ||
      pointer.startsWith(`${error.pointer}/`) ||
      error.pointer.startsWith(`${pointer}/`),
  );
  const told = `${one.what} in ${pointer}: answered ${status}`;
  if (status >= 500) return told;
  if (status < 400) return one.mayPass ? null : `${told}, should refuse it`;
  if (!contentType.startsWith('application/problem+json')) return `${told} as ${contentType}`;
  return one.mayPass || named
    ? null
    : `${told} ${body?.code} without naming the field: ${JSON.stringify(body?.errors)}`;
}

/** Rows of every table but the log itself and what only counts or times sign-ins. */
async function rowsOfAllTables(): Promise<Record<string, number>> {
  return panel.kernel.db.read('/', async (em) => {
    const tables = await sql<{ name: string }>(
      em,
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'pgboss')
          and table_name not in ('audit', 'audit_head', 'login_throttle', 'idempotency') order by 1`,
    );
    const union = tables.map(({ name }) => `select '${name}' as name, count(*)::int as count from ${name}`);
    const rows = await sql<{ name: string; count: number }>(em, union.join(' union all '));
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  });
}

async function auditRowsOf(requests: string[]): Promise<number> {
  const [row] = await panel.kernel.db.read('/', (em) =>
    sql<{ count: number }>(em, 'select count(*)::int as count from kernel.audit where request_id = any($1)', [
      requests,
    ]),
  );
  return row?.count ?? 0;
}

async function tryBodies(operation: Operation): Promise<string[]> {
  const faults: string[] = [];
  const cases = walk.leaves(operation.body).flatMap(casesOf);
  const before = await rowsOfAllTables();
  const files = JSON.stringify([...panel.agent.state.files]);
  const calls = panel.agent.calls.length;
  const requests: string[] = [];
  let passed = 0;
  const queue = [...cases];
  const lane = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const { status, body, headers } = await walker.sendTo<Problem>(operation, {
        token,
        params: wellFormed(operation),
        body: walk.withValue(operation.body, samples[operation.name], one.leaf.path, one.value),
      });
      const fault = faultOf(one, status, headers.get('content-type') ?? '', body);
      if (fault) faults.push(`${operation.name}: ${fault}`);
      if (status < 400) passed += 1;
      else requests.push(headers.get('x-request-id') ?? '');
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  // A stranger must not be able to fill the log.
  if (operation.permission !== 'public') {
    const rows = await auditRowsOf(requests);
    if (rows !== requests.length)
      faults.push(`${operation.name}: ${requests.length} refusals left ${rows} rows in the audit log`);
  }
  if (passed === 0) {
    const after = await rowsOfAllTables();
    for (const [table, count] of Object.entries(after))
      if (count !== before[table] && !ONLY_COMPARED.has(operation.name))
        faults.push(`${operation.name}: ${table} had ${before[table]} rows and has ${count}`);
    const changes = panel.agent.calls.slice(calls).filter((call) => !isLook(call.operation));
    if (changes.length > 0)
      faults.push(`${operation.name}: the agent was asked for ${changes[0]?.operation}`);
  }
  if (JSON.stringify([...panel.agent.state.files]) !== files)
    faults.push(`${operation.name}: files of the server have changed`);
  return faults;
}

const isLook = (operation: string): boolean =>
  /\.(status|list|get|info|facts|usage|plan|check|read|glob)$/.test(operation);

describe('hostile text', () => {
  it('is refused in every field of every body, with the field’s name, and leaves nothing but one row of the log', async () => {
    const operations = walker.document.operations.filter(({ takesBody }) => takesBody);
    const fields = operations.reduce((sum, one) => sum + walk.leaves(one.body).length, 0);
    // Nothing is left out because the walk lost its way.
    expect(fields).toBeGreaterThan(120);
    const faults: string[] = [];
    for (const operation of operations) faults.push(...(await tryBodies(operation)));
    expect(faults).toEqual([]);
  }, 300_000);

  it('is refused in every parameter of every path and query', async () => {
    const faults: string[] = [];
    for (const operation of walker.document.operations) {
      for (const parameter of operation.parameters) {
        if (parameter.in !== 'path' && parameter.in !== 'query') continue;
        for (const [what, value] of Object.entries({ ...neverTaken, ...lineBreaks, ...injections })) {
          if (typeof value !== 'string' || value.length > 8_000 || !value.isWellFormed()) continue;
          const { status, body } = await walker.sendTo<Problem>(operation, {
            token,
            params: { ...wellFormed(operation), ...(parameter.in === 'path' && { [parameter.name]: value }) },
            query: parameter.in === 'query' ? { [parameter.name]: value } : {},
            body: samples[operation.name] ?? (operation.takesBody ? {} : undefined),
          });
          const free =
            parameter.in === 'query' && !Object.hasOwn(neverTaken, what) && !Object.hasOwn(lineBreaks, what);
          if (status >= 500 || (status < 400 && !free))
            faults.push(`${operation.name}: ${what} in ${parameter.in} ${parameter.name}: ${status}`);
          else if (
            status === 422 &&
            !(body.errors ?? []).some(({ pointer }) => pointer === `/${parameter.name}`) &&
            !free
          )
            faults.push(`${operation.name}: ${what} in ${parameter.in} ${parameter.name}: not named`);
        }
      }
    }
    expect(faults).toEqual([]);
  }, 300_000);

  it('keeps to the document in all these answers', () => {
    expect([...new Set(walker.faults)]).toEqual([]);
  });
});
