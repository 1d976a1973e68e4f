// Runs as the customer. Started by the agent as `node tenant-child.js <uid> <gid> <home>` with one request on
// standard input; answers one line of JSON. It becomes the customer before it reads anything, so that neither Node
// nor this file has to lie where the customer can reach it. Imports nothing but node:*.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';

interface Request {
  op: 'mkdir' | 'write' | 'read' | 'list' | 'remove' | 'rename';
  path: string;
  to?: string;
  mode?: string;
  content?: string;
  encoding?: 'utf8' | 'base64';
  ifAbsent?: boolean;
  maxBytes?: number;
  recursive?: boolean;
  /** Entries of the home itself, which the customer may pass through but not list. */
  names?: string[];
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
const O_PATH = 0o10000000; // Linux; Node does not name it. Walking needs search permission only.
const WALK = O_PATH | O_DIRECTORY | O_NOFOLLOW;
const MAX_ENTRIES = 10_000;

const at = (folder: number, name: string): string => `/proc/self/fd/${folder}/${name}`;

/** Open a folder below the home, one segment at a time, never through a symlink. */
function walk(
  home: number,
  segments: readonly string[],
  make: number | null = null,
): { folder: number; created: boolean } {
  let folder = home;
  let created = false;
  for (const segment of segments) {
    if (make !== null) {
      try {
        fs.mkdirSync(at(folder, segment), make);
        created = true;
        const fresh = fs.openSync(at(folder, segment), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        fs.fchmodSync(fresh, make); // the umask must not have a say
        fs.closeSync(fresh);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    const next = fs.openSync(at(folder, segment), WALK);
    if (folder !== home) fs.closeSync(folder);
    folder = next;
  }
  return { folder, created };
}

/** The folder that holds the last segment, and that segment. */
function parentOf(home: number, path: string): { folder: number; name: string } {
  const segments = path.split('/');
  const name = segments.pop() ?? '';
  return { folder: walk(home, segments).folder, name };
}

function write(home: number, request: Request): unknown {
  const { folder, name } = parentOf(home, request.path);
  if (request.ifAbsent === true && fs.existsSync(at(folder, name))) return { written: false };
  const temporary = at(folder, `.tenpanel-${randomBytes(8).toString('hex')}`);
  const file = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    fs.writeFileSync(file, Buffer.from(request.content ?? '', request.encoding ?? 'utf8'));
    fs.fchmodSync(file, Number.parseInt(request.mode ?? '0644', 8));
    fs.fsyncSync(file);
    fs.closeSync(file);
    // link() refuses to replace, so two writers with ifAbsent cannot both win.
    if (request.ifAbsent === true) fs.linkSync(temporary, at(folder, name));
    else fs.renameSync(temporary, at(folder, name));
    return { written: true };
  } catch (error) {
    if (request.ifAbsent === true && (error as NodeJS.ErrnoException).code === 'EEXIST')
      return { written: false };
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function read(home: number, request: Request): unknown {
  const { folder, name } = parentOf(home, request.path);
  const file = fs.openSync(at(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const facts = fs.fstatSync(file);
  if (!facts.isFile()) throw Object.assign(new Error('it is no regular file'), { code: 'ENOTFILE' });
  const limit = request.maxBytes ?? 1;
  const buffer = Buffer.alloc(Math.min(limit, facts.size + 1));
  let length = 0;
  while (length < buffer.length) {
    const got = fs.readSync(file, buffer, length, buffer.length - length, null);
    if (got === 0) break;
    length += got;
  }
  const bytes = buffer.subarray(0, length);
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  return {
    content: isText ? text : bytes.toString('base64'),
    encoding: isText ? 'utf8' : 'base64',
    truncated: facts.size > length,
  };
}

function list(home: number, request: Request): unknown {
  const { folder } = walk(home, request.path === '.' ? [] : request.path.split('/'));
  const names = (request.names ?? fs.readdirSync(`/proc/self/fd/${folder}`)).sort().slice(0, MAX_ENTRIES);
  const entries = names.flatMap((name) => {
    const facts = fs.lstatSync(at(folder, name), { throwIfNoEntry: false });
    if (!facts) return [];
    const type = facts.isFile()
      ? 'file'
      : facts.isDirectory()
        ? 'directory'
        : facts.isSymbolicLink()
          ? 'symlink'
          : 'other';
    const mode = `0${(facts.mode & 0o777).toString(8).padStart(3, '0')}`;
    return [{ name, type, size: facts.size, mode, modified: facts.mtime.toISOString() }];
  });
  return { entries };
}

function remove(home: number, request: Request): unknown {
  const { folder, name } = parentOf(home, request.path);
  const facts = fs.lstatSync(at(folder, name), { throwIfNoEntry: false });
  if (!facts) return { removed: false };
  if (!facts.isDirectory()) fs.unlinkSync(at(folder, name));
  else if (request.recursive !== true) fs.rmdirSync(at(folder, name));
  else {
    // rm walks by descriptors to any depth and follows no symlink.
    const argv = ['-rf', '--one-file-system', '--', `./${name}`];
    const result = spawnSync('/bin/rm', argv, {
      cwd: `/proc/self/fd/${folder}`,
      env: {},
      encoding: 'utf8',
      timeout: 600_000,
    });
    if (result.status !== 0) throw new Error(result.stderr || 'rm failed');
  }
  return { removed: true };
}

function rename(home: number, request: Request): unknown {
  const from = parentOf(home, request.path);
  const to = parentOf(home, request.to ?? '');
  if (!fs.lstatSync(at(from.folder, from.name), { throwIfNoEntry: false })) return { renamed: false };
  if (fs.lstatSync(at(to.folder, to.name), { throwIfNoEntry: false }))
    throw Object.assign(new Error('the target exists'), { code: 'EEXIST' });
  fs.renameSync(at(from.folder, from.name), at(to.folder, to.name));
  return { renamed: true };
}

function perform(home: number, request: Request): unknown {
  switch (request.op) {
    case 'mkdir':
      return {
        created: walk(home, request.path.split('/'), Number.parseInt(request.mode ?? '0755', 8)).created,
      };
    case 'write':
      return write(home, request);
    case 'read':
      return read(home, request);
    case 'list':
      return list(home, request);
    case 'remove':
      return remove(home, request);
    case 'rename':
      return rename(home, request);
  }
}

/** Give up root for good: groups first, because only root may. Without root (simulated host) there is nothing to give up. */
function become(uid: number, gid: number): void {
  if (process.geteuid?.() !== 0) return;
  if (!(uid >= 20_000 && uid <= 59_999 && gid >= 20_000))
    throw new Error('refusing to run as a user of the system');
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== gid)
    throw new Error('still not the customer');
}

try {
  const [uid, gid, home] = process.argv.slice(2);
  become(Number(uid), Number(gid));
  const request = JSON.parse(fs.readFileSync(0, 'utf8')) as Request;
  const handle = fs.openSync(home ?? '', WALK);
  process.stdout.write(JSON.stringify({ ok: true, result: perform(handle, request) }));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stdout.write(JSON.stringify({ ok: false, code: code ?? 'EIO', message }));
}
