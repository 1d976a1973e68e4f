import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Layout } from '../layout/layout.js';
import { readConfigFile } from '../setup/config-file.js';
import { foldersOf } from '../setup/folders.js';
import { readPanelUser } from '../setup/panel-user.js';
import type { CheckResult } from './check.js';

const DAY = 86_400_000;
const GIB = 2 ** 30;

/** What can be seen without any process of the panel. */
export async function hostChecks(layout: Layout): Promise<CheckResult[]> {
  return [
    configuration(layout),
    folders(layout),
    disk(layout),
    await port(layout),
    clock(),
    cgroup(),
    certificate(layout),
  ];
}

function configuration(layout: Layout): CheckResult {
  const base = { name: 'configuration', title: 'Configuration file' };
  try {
    if (readConfigFile(layout)) return { ...base, state: 'ok', message: layout.configFile };
    return { ...base, state: 'fail', message: `${layout.configFile} is missing.`, fix: 'tenpanel setup' };
  } catch (error) {
    return {
      ...base,
      state: 'fail',
      message: `${layout.configFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function folders(layout: Layout): CheckResult {
  const base = { name: 'folders', title: 'Folders and their owners' };
  const user = layout.preview
    ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    : readPanelUser();
  if (!user)
    return {
      ...base,
      state: 'fail',
      message: 'The system user "tenpanel" is missing.',
      fix: 'tenpanel setup',
    };
  const wrong = foldersOf(layout, user).filter(({ path, mode, uid, gid }) => {
    if (!existsSync(path)) return true;
    const now = statSync(path);
    return (now.mode & 0o7777) !== mode || now.uid !== uid || now.gid !== gid;
  });
  if (wrong.length === 0) return { ...base, state: 'ok', message: 'as they should be' };
  return {
    ...base,
    state: 'fail',
    message: `Missing, or with a wrong owner or mode: ${wrong.map(({ path }) => path).join(', ')}`,
    fix: 'tenpanel doctor --repair',
  };
}

function disk(layout: Layout): CheckResult {
  const base = { name: 'disk', title: 'Free disk space' };
  const place = existsSync(layout.stateDir) ? layout.stateDir : '/';
  const { bavail, bsize, blocks, ffree, files } = statfsSync(place);
  const free = bavail * bsize;
  const share = bavail / blocks;
  const inodes = files === 0 ? 1 : ffree / files;
  const message = `${(free / GIB).toFixed(1)} GiB (${Math.round(share * 100)} %) free, ${Math.round(inodes * 100)} % of the inodes`;
  if (free < GIB / 2 || inodes < 0.01)
    return { ...base, state: 'fail', message, fix: 'Make room: the database stops when the disk is full.' };
  return { ...base, state: share < 0.1 || inodes < 0.1 ? 'warn' : 'ok', message };
}

async function port(layout: Layout): Promise<CheckResult> {
  const base = { name: 'port', title: 'Panel’s https port' };
  const listen = safely(() => readConfigFile(layout))?.listen;
  if (!listen) return { ...base, state: 'skip', message: 'The configuration has no https listener.' };
  const open = await new Promise<boolean>((resolve) => {
    const socket = connect({
      port: listen.port,
      host: ['::', '0.0.0.0'].includes(listen.host) ? '127.0.0.1' : listen.host,
      timeout: 3000,
    });
    const done = (answer: boolean) => (socket.destroy(), resolve(answer));
    socket
      .once('connect', () => done(true))
      .once('error', () => done(false))
      .once('timeout', () => done(false));
  });
  if (open) return { ...base, state: 'ok', message: `port ${listen.port} answers` };
  return {
    ...base,
    state: 'fail',
    message: `Nothing answers on port ${listen.port}.`,
    fix: 'tenpanel start, or systemctl start tenpanel.target',
  };
}

/** Codes of the second factor and certificates need the right time. adjtimex is not at hand; the build's date is. */
function clock(): CheckResult {
  const base = { name: 'clock', title: 'Clock' };
  const built = statSync(new URL(import.meta.url)).mtimeMs;
  if (Date.now() < built - DAY)
    return {
      ...base,
      state: 'fail',
      message: `It is ${new Date().toISOString()} here, before this panel was built.`,
      fix: 'Set the clock; use chrony or systemd-timesyncd.',
    };
  return { ...base, state: 'ok', message: new Date().toISOString() };
}

function cgroup(): CheckResult {
  const base = { name: 'cgroup', title: 'Limits by cgroup v2' };
  const controllers = safely(() =>
    readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').trim().split(' '),
  );
  if (!controllers)
    return {
      ...base,
      state: 'warn',
      message: 'This machine has no cgroup v2: limits of accounts are kept but not enforced.',
    };
  const missing = ['cpu', 'memory', 'pids', 'io'].filter((name) => !controllers.includes(name));
  if (missing.length === 0) return { ...base, state: 'ok', message: controllers.join(', ') };
  return {
    ...base,
    state: 'warn',
    message: `Controllers that are missing: ${missing.join(', ')}. Their limits are not enforced.`,
  };
}

function certificate(layout: Layout): CheckResult {
  const base = { name: 'certificate', title: 'Panel’s certificate' };
  const pem = safely(() => readFileSync(join(layout.stateDir, 'panel.crt'), 'utf8'));
  if (!pem) return { ...base, state: 'skip', message: 'There is none yet; the web process makes one.' };
  const days = Math.floor((new Date(new X509Certificate(pem).validTo).getTime() - Date.now()) / DAY);
  if (days < 0)
    return {
      ...base,
      state: 'fail',
      message: `It ended ${-days} days ago.`,
      fix: 'Put a new panel.crt and panel.key there, or remove both and restart.',
    };
  return { ...base, state: days < 14 ? 'warn' : 'ok', message: `valid for ${days} more days` };
}

function safely<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
