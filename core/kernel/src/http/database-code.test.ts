import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isDatabaseAway } from './database-code.js';
import { asPanelError } from './problem.js';

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('a request that met no database', () => {
  it('is told so, when nobody listens on the server’s socket', async () => {
    const error = await thrown(new pg.Client({ host: '/nowhere/at/all' }).connect());
    expect(asPanelError(new Error('wrapped', { cause: error }))).toMatchObject({
      status: 503,
      code: 'http.noDatabase',
    });
  });

  it('is told so, when the server ends the connection or the disk is full', () => {
    const ended = Object.assign(new Error('terminating connection'), { code: '57P01' });
    expect(asPanelError(ended)).toMatchObject({ status: 503, code: 'http.noDatabase' });
    expect(isDatabaseAway(new Error('Connection terminated unexpectedly'))).toBe(true);
    const full = Object.assign(new Error('could not extend file'), { code: '53100' });
    expect(asPanelError(full)).toMatchObject({ status: 507, code: 'http.diskFull' });
  });

  it('is not told so for a file or another socket that is missing', async () => {
    expect(isDatabaseAway(await thrown(readFile('/nowhere/at/all')))).toBe(false);
    const other = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
      address: '127.0.0.1',
    });
    expect(asPanelError(other)).toMatchObject({ status: 500, code: 'http.internal' });
  });
});
