import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../db/database-url.js';
import { ensureRoles } from './ensure-roles.js';
import { postgresPrograms } from './postgres-programs.js';
import { runningPostmaster } from './postmaster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';
import { silentLog } from './test-server.js';

const root = process.getuid?.() === 0;
const uid = root ? 65_534 : null;
// One data folder for all: setting it up is the slow part. Each test leaves the server stopped.
let folder: string;
let where: { dataDir: string; socketDir: string };
const running: EmbeddedPostgres[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tenpanel-pg-'));
  await chmod(folder, 0o711);
  where = { dataDir: path.join(folder, 'data'), socketDir: path.join(folder, 'run') };
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    ...where,
    uid,
    gid: uid,
    log: silentLog,
    settings: { shared_buffers: '16MB' },
  });
  running.push(server);
  return server;
}

async function ask<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client(parseDatabaseUrl(url));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const killed = (pid: number) =>
  expect
    .poll(
      () =>
        stat(`/proc/${pid}`).then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    )
    .toBe(false);

describe('the embedded database', { timeout: 90_000 }, () => {
  it('starts on a private socket only, with an owner and a role that owns nothing', async () => {
    const server = await start();
    expect(server.adopted).toBe(false);
    expect((await stat(where.socketDir)).mode & 0o777).toBe(0o700);
    expect((await stat(where.dataDir)).mode & 0o777).toBe(0o700);
    if (root) expect((await stat(where.dataDir)).uid).toBe(uid);
    expect((await stat(path.join(where.dataDir, 'tenpanel-credentials.json'))).mode & 0o777).toBe(0o600);
    expect(
      await ask(
        server.ownerUrl,
        `select current_user as u, current_database() as d, current_setting('listen_addresses') as l, current_setting('fsync') as f`,
      ),
    ).toEqual([{ u: 'tenpanel_owner', d: 'tenpanel', l: '', f: 'on' }]);
    expect(
      await ask(
        server.appUrl,
        'select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user',
      ),
    ).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreatedb: false }]);
    await expect(ask(server.appUrl, 'create schema x')).rejects.toThrow('permission denied');
    await expect(ask(server.appUrl, 'create table public.x (id int)')).rejects.toThrow('permission denied');
    await expect(
      new Promise((resolve, reject) =>
        createConnection(5432, '127.0.0.1').on('connect', resolve).on('error', reject),
      ),
    ).rejects.toThrow('ECONNREFUSED');
  });

  it('asks for the password', async () => {
    const server = await start();
    const wrong = new URL(server.ownerUrl);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps its data over a stop, and adopts a server that outlived its parent', async () => {
    const first = await start();
    await ask(first.ownerUrl, 'create table public.kept (n int)');
    await ask(first.ownerUrl, 'insert into public.kept values (1)');
    const second = await start();
    expect(second.adopted).toBe(true);
    expect(await ask(second.ownerUrl, 'select n from public.kept')).toEqual([{ n: 1 }]);
    await first.stop();
    expect(await runningPostmaster(where.dataDir)).toBeNull();
    const third = await start();
    expect(third.adopted).toBe(false);
    expect(await ask(third.ownerUrl, 'select n from public.kept')).toEqual([{ n: 1 }]);
  });

  it('loses nothing that was committed when it is killed', async () => {
    const server = await start();
    await ask(server.ownerUrl, 'create table public.many as select generate_series(1, 1000) as n');
    const { pid } = (await runningPostmaster(where.dataDir))!;
    process.kill(pid, 'SIGKILL');
    await killed(pid);
    const again = await start();
    expect(again.adopted).toBe(false);
    expect(await ask(again.ownerUrl, 'select count(*)::int as n from public.many')).toEqual([{ n: 1000 }]);
  });

  it('is not fooled by a pid file whose number belongs to somebody else now', async () => {
    const server = await start();
    const file = path.join(where.dataDir, 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    await server.stop();
    await writeFile(file, text.replace(/^\d+/, String(process.pid)));
    expect(await runningPostmaster(where.dataDir)).toBeNull();
    await rm(file);
  });

  it('says why it cannot start', async () => {
    await expect(
      startEmbeddedPostgres({
        ...where,
        uid,
        gid: uid,
        log: silentLog,
        settings: { shared_buffers: 'plenty' },
      }),
    ).rejects.toThrow(/does not start: .*shared_buffers/s);
  });

  it('makes roles and database on a server of somebody else, again and again', async () => {
    const server = await start();
    const first = await ensureRoles(server.adminUrl, { database: 'panel2' });
    expect(await ask(first.appUrl, 'select current_database() as d')).toEqual([{ d: 'panel2' }]);
    const second = await ensureRoles(server.adminUrl, { database: 'panel2' });
    expect(await ask(second.appUrl, 'select current_database() as d')).toEqual([{ d: 'panel2' }]);
  });

  it.skipIf(!root)('is copied to where its user can reach it, when the checkout is private', async () => {
    const home = path.join(folder, 'private');
    await mkdir(home, { mode: 0o700 });
    const own = await postgresPrograms({ uid: null, gid: null, runtimeDir: folder });
    await cp(path.resolve(own.postgres, '../../..'), path.join(home, 'package'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    const runtimeDir = path.join(folder, 'runtime');
    const programs = await postgresPrograms({
      uid,
      gid: uid,
      runtimeDir,
      packageDir: path.join(home, 'package'),
    });
    expect(programs.postgres.startsWith(runtimeDir)).toBe(true);
    const version = execFileSync(programs.initdb, ['--version'], {
      uid: uid ?? 0,
      gid: uid ?? 0,
      cwd: '/',
      env: {},
    }).toString();
    expect(version).toContain('PostgreSQL');
    expect(
      await postgresPrograms({ uid, gid: uid, runtimeDir, packageDir: path.join(home, 'package') }),
    ).toEqual(programs);
  });
});
