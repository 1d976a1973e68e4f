import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lchown, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '@tenpanel/sdk';
import pg from 'pg';
import { formatDatabaseUrl, parseDatabaseUrl } from '../db/database-url.js';
import { ensureRoles, type RoleUrls } from './ensure-roles.js';
import { postgresPrograms, type PostgresPrograms } from './postgres-programs.js';
import { runningPostmaster, stopPostmaster } from './postmaster.js';

export interface EmbeddedPostgresOptions {
  /** Made on first use, 0700 of `uid`. */
  dataDir: string;
  /** Folder of the unix socket, 0700 of `uid`: only that user and root can reach it. At most 80 bytes. */
  socketDir: string;
  /** PostgreSQL refuses to run as root: whose processes and files these are. null: the current user's. */
  uid: number | null;
  gid: number | null;
  log: Logger;
  /** Where a copy of the programs is kept when `uid` cannot reach the npm package; default beside the data folder. */
  runtimeDir?: string;
  /** Server settings, for example `{fsync: 'off'}` in tests. */
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres extends RoleUrls {
  /** Superuser, for backups of the whole server and for tests. */
  adminUrl: string;
  /** A server of an earlier run was still there and is used. */
  adopted: boolean;
  stop(): Promise<void>;
}

interface Credentials {
  admin: string;
  owner: string;
  app: string;
}

const CREDENTIALS = 'tenpanel-credentials.json';
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '120',
  shared_buffers: '64MB',
  // Written by the server itself: root never opens a file inside a folder that another user owns.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgres-%a.log',
  log_truncate_on_rotation: 'on',
  log_file_mode: '0600',
  // Statements may hold sealed values and addresses of people.
  log_min_error_statement: 'panic',
};

/**
 * A PostgreSQL of our own: no TCP, one unix socket in a folder of its user, passwords (scram) kept beside the data
 * they open. Adopts a server that outlived its parent; after `kill -9` of the server the data are recovered at start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const programs = await postgresPrograms({
    uid: options.uid,
    gid: options.gid,
    runtimeDir: options.runtimeDir ?? path.join(path.dirname(options.dataDir), 'postgres-runtime'),
  });
  await ownFolder(options.socketDir, options);
  if (!(await exists(options.dataDir))) await initialise(programs, options);
  const credentials = await readCredentials(options.dataDir);

  const found = await runningPostmaster(options.dataDir);
  let failure: () => string | null = () => null;
  if (!found) failure = launch(programs, options);
  const adminUrl = formatDatabaseUrl({
    host: found && found.socketDir !== '' ? found.socketDir : options.socketDir,
    port: 5432,
    user: 'postgres',
    password: credentials.admin,
    database: 'postgres',
  });
  await answering(adminUrl, failure);
  const urls = await ensureRoles(adminUrl, {
    ownerPassword: credentials.owner,
    appPassword: credentials.app,
  });
  return { ...urls, adminUrl, adopted: found !== null, stop: () => stopPostmaster(options.dataDir) };
}

async function initialise(programs: PostgresPrograms, options: EmbeddedPostgresOptions): Promise<void> {
  const { dataDir } = options;
  const staged = `${dataDir}.new`;
  await rm(staged, { recursive: true, force: true });
  await mkdir(path.dirname(dataDir), { recursive: true });
  await ownFolder(staged, options);
  const secret = () => randomBytes(24).toString('base64url');
  const credentials: Credentials = { admin: secret(), owner: secret(), app: secret() };
  const passwordFile = path.join(staged, 'password');
  await writePrivate(passwordFile, credentials.admin, options);
  await new Promise<void>((resolve, reject) => {
    const argv = [
      ...[
        '-D',
        path.join(staged, 'data'),
        '-U',
        'postgres',
        '-E',
        'UTF8',
        '--locale=C',
        '--locale-provider=builtin',
      ],
      ...[
        '--builtin-locale=C.UTF-8',
        '--auth-local=scram-sha-256',
        '--auth-host=reject',
        `--pwfile=${passwordFile}`,
      ],
      ...(options.settings?.['fsync'] === 'off' ? ['--no-sync'] : []),
    ];
    const child = spawn(programs.initdb, argv, {
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: path.dirname(programs.initdb) },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 120_000,
      ...identity(options),
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The database could not be set up: ${errors.trim()}`)),
    );
  });
  await writePrivate(path.join(staged, 'data', CREDENTIALS), JSON.stringify(credentials), options);
  // Only a complete folder gets the name that later starts look for.
  await rename(path.join(staged, 'data'), dataDir);
  await rm(staged, { recursive: true, force: true });
}

/** Returns a function that tells why the server has ended, null while it runs. */
function launch(programs: PostgresPrograms, options: EmbeddedPostgresOptions): () => string | null {
  const settings = Object.entries({ ...SETTINGS, ...options.settings }).map(
    ([key, value]) => `--${key}=${value}`,
  );
  const child = spawn(programs.postgres, ['-D', options.dataDir, '-k', options.socketDir, ...settings], {
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: path.dirname(programs.postgres) },
    // A session of its own: Ctrl-C in the terminal must reach the panel first, which stops the database last.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...identity(options),
  });
  let errors = '';
  let ended: string | null = null;
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2_000)));
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, name) => {
    ended = errors.trim() || `it ended with ${name ?? code}`;
    if (code !== 0) options.log.error({ code, signal: name, stderr: errors }, 'the database has ended');
  });
  child.unref();
  (child.stderr as unknown as { unref(): void }).unref();
  return () => ended;
}

/** Waits through crash recovery as long as the server lives. */
async function answering(url: string, failure: () => string | null): Promise<void> {
  const deadline = Date.now() + 300_000;
  for (;;) {
    const client = new pg.Client(parseDatabaseUrl(url));
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      const reason = failure();
      if (reason !== null) throw new Error(`The database does not start: ${reason}`, { cause: error });
      if (Date.now() > deadline)
        throw new Error(`The database does not answer: ${(error as Error).message}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

async function writePrivate(
  name: string,
  text: string,
  { uid, gid }: { uid: number | null; gid: number | null },
): Promise<void> {
  const file = await open(
    name,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(text);
    if (uid !== null && gid !== null) await file.chown(uid, gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readCredentials(dataDir: string): Promise<Credentials> {
  const file = await open(path.join(dataDir, CREDENTIALS), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return JSON.parse(await file.readFile('utf8')) as Credentials;
  } finally {
    await file.close();
  }
}

async function ownFolder(
  folder: string,
  { uid, gid }: { uid: number | null; gid: number | null },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (uid !== null && gid !== null && (await stat(folder)).uid !== uid) await lchown(folder, uid, gid);
}

function identity({ uid, gid }: { uid: number | null; gid: number | null }): { uid?: number; gid?: number } {
  return uid !== null && gid !== null && process.getuid?.() === 0 ? { uid, gid } : {};
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
