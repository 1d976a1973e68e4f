import type { AccountInfo } from '@tenpanel/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { hostPaths } from '../files/host-paths.js';
import { tenantProcesses, type TenantProcesses } from './tenant-processes.js';

const info: AccountInfo = {
  account: 'alice',
  uid: 20_000,
  gid: 20_000,
  home: '/home/alice',
  locked: false,
  shell: false,
};
const rename = { from: 'a', to: 'b' };

/** A program in place of the customer's: `answer` is an expression over the request `r` that gives the line to say. */
function program(answer: string): string {
  return `let rest = '';
    process.stdin.on('data', (chunk) => {
      const lines = (rest + chunk).split('\\n');
      rest = lines.pop();
      for (const line of lines) { const r = JSON.parse(line); const said = ${answer}; if (said !== null) process.stdout.write(said + '\\n'); }
    });`;
}
const honest = program('JSON.stringify({ id: r.id, ok: true, result: { renamed: true } })');

describe('the processes of customers', () => {
  let pool: TenantProcesses;
  let started = 0;
  const start = (script: string, idleMs?: number): void => {
    started = 0;
    pool = tenantProcesses(
      hostPaths(null),
      () => {
        started += 1;
        return { program: process.execPath, argv: ['-e', script] };
      },
      idleMs === undefined ? {} : { idleMs },
    );
  };
  afterEach(() => pool.close());

  it('are one an account, for many requests at once', async () => {
    start(honest);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => pool.ask(info, 'tenant.rename', rename)),
    );
    expect(answers.every(({ renamed }) => renamed)).toBe(true);
    expect(started).toBe(1);
    await pool.ask({ ...info, account: 'bob' }, 'tenant.rename', rename);
    expect(started).toBe(2);
  });

  it('go when they have nothing to do, and come again', async () => {
    start(honest, 50);
    await pool.ask(info, 'tenant.rename', rename);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await pool.ask(info, 'tenant.rename', rename);
    expect(started).toBe(2);
  });

  it.each([
    ['no JSON', `'hello'`],
    ['null', `'null'`],
    ['an answer to somebody else', `JSON.stringify({ id: r.id + 1, ok: true, result: { renamed: true } })`],
    ['more than was asked for', `JSON.stringify({ id: r.id, ok: true, result: { renamed: true }, more: 1 })`],
    ['another result', `JSON.stringify({ id: r.id, ok: true, result: { renamed: 'yes' } })`],
    ['a result with more in it', `JSON.stringify({ id: r.id, ok: true, result: { renamed: true, x: 1 } })`],
    ['an error that is none', `JSON.stringify({ id: r.id, ok: false, code: 7, message: '' })`],
    ['the end', `process.exit(3)`],
  ])('are not believed when they answer with %s, and another is started', async (_what, answer) => {
    start(program(answer));
    for (let count = 1; count <= 2; count += 1) {
      await expect(pool.ask(info, 'tenant.rename', rename)).rejects.toMatchObject({
        code: 'agent.programFailed',
      });
      expect(started).toBe(count);
    }
  });

  it('say in plain words what could not be done', async () => {
    start(program(`JSON.stringify({ id: r.id, ok: false, code: 'EDQUOT', message: 'x' })`));
    await expect(pool.ask(info, 'tenant.rename', rename)).rejects.toMatchObject({
      code: 'agent.io',
      message: 'a to b: the account has used up its disk space or its number of files.',
    });
  });

  it('end before an account is locked or removed, and none is started until that is done', async () => {
    start(program('null'));
    const hanging = pool.ask(info, 'tenant.rename', rename).catch((error: unknown) => error);
    const seen: string[] = [];
    await pool.without('alice', async () => {
      expect(await hanging).toMatchObject({ code: 'agent.programFailed' });
      await expect(pool.ask(info, 'tenant.rename', rename)).rejects.toMatchObject({
        code: 'agent.unavailable',
      });
      void pool.allowed('alice').then(() => seen.push('allowed'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push('locked');
    });
    await expect.poll(() => seen).toEqual(['locked', 'allowed']);
    expect(started).toBe(1);
  });
});
