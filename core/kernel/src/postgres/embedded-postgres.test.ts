import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../db/database-url.js';
import { ensureRoles } from './ensure-roles.js';
import { runningPostmaster } from './postmaster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';
import { silentLog } from './test-server.js';

const root = process.getuid?.() === 0;
const uid = root ? 65_534 : null;
const folders: string[] = [];
const running: EmbeddedPostgres[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function place() {
  const folder = await mkdtemp(path.join(tmpdir(), 'tenpanel-pg-'));
  folders.push(folder);
  const { chmod } = await import('node:fs/promises');
  await chmod(folder, 0o711);
  return { dataDir: path.join(folder, 'data'), socketDir: path.join(folder, 'run') };
}

async function start(where: { dataDir: string; socketDir: string }): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ ...where, uid, gid: uid, log: silentLog, settings: { shared_buffers: '16MB' } });
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

const killed = (pid: number) => expect.poll(() => stat(`/proc/${pid}`).then(() => true, () => false), { timeout: 5_000 }).toBe(false);

describe('the embedded database', () => {
  it('starts on a private socket only, with an owner and a role that owns nothing', async () => {
    const where = await place();
    const server = await start(where);
    expect(server.adopted).toBe(false);
    expect((await stat(where.socketDir)).mode & 0o777).toBe(0o700);
    expect((await stat(where.dataDir)).mode & 0o777).toBe(0o700);
    if (root) expect((await stat(where.dataDir)).uid).toBe(uid);
    expect((await stat(path.join(where.dataDir, 'tenpanel-credentials.json'))).mode & 0o777).toBe(0o600);
    expect(await ask(server.ownerUrl, `select current_user as u, current_database() as d, current_setting('listen_addresses') as l, current_setting('fsync') as f`)).toEqual([
      { u: 'tenpanel_owner', d: 'tenpanel', l: '', f: 'on' },
    ]);
    expect(await ask(server.appUrl, 'select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user')).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreatedb: false }]);
    await expect(ask(server.appUrl, 'create schema x')).rejects.toThrow('permission denied');
    await expect(ask(server.appUrl, 'create table public.x (id int)')).rejects.toThrow('permission denied');
    await expect(new Promise((resolve, reject) => createConnection(5432, '127.0.0.1').on('connect', resolve).on('error', reject))).rejects.toThrow('ECONNREFUSED');
  });

  it('asks for the password', async () => {
    const server = await start(await place());
    const wrong = new URL(server.ownerUrl);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps its data over a stop, and adopts a server that outlived its parent', async () => {
    const where = await place();
    const first = await start(where);
    await ask(first.ownerUrl, 'create table public.kept (n int)');
    await ask(first.ownerUrl, 'insert into public.kept values (1)');
    const second = await start(where);
    expect(second.adopted).toBe(true);
    expect(await ask(second.ownerUrl, 'select n from public.kept')).toEqual([{ n: 1 }]);
    await first.stop();
    expect(await runningPostmaster(where.dataDir)).toBeNull();
    const third = await start(where);
    expect(third.adopted).toBe(false);
    expect(await ask(third.ownerUrl, 'select n from public.kept')).toEqual([{ n: 1 }]);
  });

  it('loses nothing that was committed when it is killed', async () => {
    const where = await place();
    const server = await start(where);
    await ask(server.ownerUrl, 'create table public.kept as select generate_series(1, 1000) as n');
    const { pid } = (await runningPostmaster(where.dataDir))!;
    process.kill(pid, 'SIGKILL');
    await killed(pid);
    const again = await start(where);
    expect(again.adopted).toBe(false);
    expect(await ask(again.ownerUrl, 'select count(*)::int as n from public.kept')).toEqual([{ n: 1000 }]);
  });

  it('is not fooled by a pid file whose number belongs to somebody else now', async () => {
    const where = await place();
    const server = await start(where);
    const file = path.join(where.dataDir, 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    await server.stop();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(file, text.replace(/^\d+/, String(process.pid)));
    expect(await runningPostmaster(where.dataDir)).toBeNull();
    await rm(file);
  });

  it('says why it cannot start', async () => {
    const where = await place();
    await expect(startEmbeddedPostgres({ ...where, uid, gid: uid, log: silentLog, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(/does not start: .*shared_buffers/s);
  });

  it('makes roles and database on a server of somebody else, again and again', async () => {
    const server = await start(await place());
    const first = await ensureRoles(server.adminUrl, { database: 'panel2' });
    expect(await ask(first.appUrl, 'select current_database() as d')).toEqual([{ d: 'panel2' }]);
    const second = await ensureRoles(server.adminUrl, { database: 'panel2' });
    expect(await ask(second.appUrl, 'select current_database() as d')).toEqual([{ d: 'panel2' }]);
  });
});
