import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@tenpanel/sdk';
import pg from 'pg';
import { parseDatabaseUrl } from '../db/database-url.js';
import { runningPostmaster } from './postmaster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';

const NOBODY = 65_534;
const LOCK = 710_710;

/** Says nothing; failures of tests are told by their assertions. */
export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface TestServer extends Omit<EmbeddedPostgres, 'stop'> {
  /** Open as long as this process lives; keeps the server from being stopped. */
  admin: pg.Client;
}

let joined: Promise<TestServer> | null = null;

/**
 * One server for all test processes of this user, in a known folder below the temporary folder. The first one starts
 * it, its keeper stops it when nobody has used it for a while. fsync is off: it holds nothing that must last.
 */
export function testServer(): Promise<TestServer> {
  joined ??= join();
  return joined;
}

async function join(): Promise<TestServer> {
  const me = process.getuid?.() ?? 0;
  const folder = path.join(tmpdir(), `tenpanel-test-postgres-${me}`);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  if ((await stat(folder)).uid !== me) throw new Error(`${folder} belongs to somebody else. Remove it.`);
  const dataDir = path.join(folder, 'data');
  return withLock(path.join(folder, 'lock'), async () => {
    for (;;) {
      const running = await runningPostmaster(dataDir);
      const server = await startEmbeddedPostgres({
        dataDir,
        socketDir: path.join(folder, 'socket'),
        uid: me === 0 ? NOBODY : null,
        gid: me === 0 ? NOBODY : null,
        log: silentLog,
        settings: {
          fsync: 'off',
          full_page_writes: 'off',
          synchronous_commit: 'off',
          max_connections: '400',
          autovacuum_naptime: '5',
        },
      }).catch((error: unknown) => {
        // It was shutting down while we joined.
        if (running) return null;
        throw error;
      });
      const admin = server && (await enter(server.adminUrl));
      if (!server || !admin) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      if (!server.adopted) await begin(dataDir, server, admin);
      return { ...server, admin };
    }
  });
}

async function enter(adminUrl: string): Promise<pg.Client | null> {
  const admin = new pg.Client(parseDatabaseUrl(adminUrl));
  admin.on('error', () => undefined);
  try {
    await admin.connect();
    await admin.query(`select pg_advisory_lock_shared(${LOCK})`);
    return admin;
  } catch {
    await admin.end().catch(() => undefined);
    return null;
  }
}

/** Clear what killed runs left behind, and set the keeper to it. */
async function begin(dataDir: string, server: EmbeddedPostgres, admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    `select datname from pg_database where datname like 'tenpanel\\_test\\_%'`,
  );
  for (const { datname } of rows)
    await admin.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`);
  const postmaster = await runningPostmaster(dataDir);
  const source = fileURLToPath(import.meta.url);
  const keeper = path.join(path.dirname(source), `test-server-keeper${path.extname(source)}`);
  spawn(process.execPath, [keeper, String(postmaster?.pid)], {
    detached: true,
    stdio: 'ignore',
    env: { KEEPER_URL: server.adminUrl },
  }).unref();
}

async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (handle) {
      await handle.writeFile(String(process.pid));
      await handle.close();
      try {
        return await work();
      } finally {
        await rm(file, { force: true });
      }
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (holder > 0 && !(await alive(holder))) await rm(file, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function alive(pid: number): Promise<boolean> {
  return stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}
