// Runs as the customer. Started by the agent as `node tenant-child.js <uid> <gid> <home>`; takes requests as lines of
// JSON on standard input, answers each with a line, and goes when its input ends. It becomes the customer before it
// reads anything, so that neither Node nor this file has to lie where the customer can reach it. Because it was root,
// the kernel keeps other processes of the customer from tracing it; they can only end it. Imports nothing but node:*.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

type Request = Record<string, unknown>;

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
const O_PATH = 0o10000000; // Linux; Node does not name it. Walking needs search permission only.
const WALK = O_PATH | O_DIRECTORY | O_NOFOLLOW;
const MAX_ENTRIES = 10_000;
const MAX_LINE = 64 * 1024 * 1024;

const at = (folder: number, name: string): string => `/proc/self/fd/${folder}/${name}`;
const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
const EDQUOT = 122;
/** The system's name of an error. Node has none for a used-up quota and calls it "Unknown system error -122". */
const codeOf = ({ errno, code }: NodeJS.ErrnoException): string | undefined =>
  errno === -EDQUOT ? 'EDQUOT' : code;

// ---- What may be asked. The agent has checked it already; a mistake there must not become a hole here. ----

function text(request: Request, key: string, max: number): string {
  const value = request[key];
  if (typeof value !== 'string' || value.length > max) throw failure('EINVAL', `${key} is no text`);
  return value;
}

function segments(request: Request, key = 'path'): string[] {
  const parts = text(request, key, 1024).split('/');
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..' || part.includes('\0'))
      throw failure('EINVAL', `${key} is no path below the home`);
  }
  return parts;
}

function modeOf(request: Request): number {
  const value = text(request, 'mode', 4);
  if (!/^0[0-7][0-7][0145]$/.test(value)) throw failure('EINVAL', 'mode is no mode');
  return Number.parseInt(value, 8);
}

function amount(request: Request, key: string): number {
  const value = request[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw failure('EINVAL', `${key} is no number`);
  return value;
}

function several(request: Request, key: string): Request[] {
  const value = request[key];
  const fine = Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null);
  if (!fine) throw failure('EINVAL', `${key} is no list`);
  return value as Request[];
}

// ---- The walk: one segment at a time from the home, by descriptors, never through a symlink. ----

/** Call `use` with the folder at `path`; every descriptor is closed again. `make`: create what is missing. */
function inFolder<T>(
  home: number,
  path: readonly string[],
  use: (folder: number) => T,
  make: number | null = null,
): T {
  const opened: number[] = [];
  try {
    let folder = home;
    for (const name of path) {
      if (make !== null) makeOne(folder, name, make);
      folder = fs.openSync(at(folder, name), WALK);
      opened.push(folder);
    }
    return use(folder);
  } finally {
    for (const each of opened) fs.closeSync(each);
  }
}

function makeOne(folder: number, name: string, mode: number): void {
  try {
    fs.mkdirSync(at(folder, name), mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  withFile(at(folder, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, (fresh) => fs.fchmodSync(fresh, mode));
}

/** The folder that holds the last segment, and that segment. */
function inParent<T>(home: number, path: string[], use: (folder: number, name: string) => T): T {
  return inFolder(home, path.slice(0, -1), (folder) => use(folder, path.at(-1) ?? ''));
}

function withFile<T>(path: string, flags: number, mode: number, use: (file: number) => T): T {
  const file = fs.openSync(path, flags, mode);
  try {
    return use(file);
  } finally {
    fs.closeSync(file);
  }
}

// ---- The operations. ----

function mkdir(home: number, request: Request): unknown {
  const created: string[] = [];
  for (const each of several(request, 'folders')) {
    const path = segments(each);
    const there = tryInParent(home, path, (folder, name) => lstat(folder, name) !== undefined);
    inFolder(home, path, () => undefined, modeOf(each));
    if (!there) created.push(path.join('/'));
  }
  return { created };
}

/** False where the parent is missing. */
function tryInParent(home: number, path: string[], use: (folder: number, name: string) => boolean): boolean {
  try {
    return inParent(home, path, use);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function lstat(folder: number, name: string): fs.Stats | undefined {
  return fs.lstatSync(at(folder, name), { throwIfNoEntry: false });
}

function write(home: number, request: Request): unknown {
  const encoding = request['encoding'] === 'base64' ? 'base64' : 'utf8';
  const content = Buffer.from(text(request, 'content', MAX_LINE), encoding);
  const mode = modeOf(request);
  const ifAbsent = request['ifAbsent'] === true;
  return inParent(home, segments(request), (folder, name) => {
    if (ifAbsent && lstat(folder, name)) return { written: false };
    const temporary = at(folder, `.tenpanel-${randomBytes(8).toString('hex')}`);
    try {
      withFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600, (file) => {
        fs.writeFileSync(file, content);
        fs.fchmodSync(file, mode);
        fs.fsyncSync(file);
      });
      // link() refuses to replace, so two writers with ifAbsent cannot both win.
      if (ifAbsent) fs.linkSync(temporary, at(folder, name));
      else fs.renameSync(temporary, at(folder, name));
      return { written: true };
    } catch (error) {
      if (ifAbsent && (error as NodeJS.ErrnoException).code === 'EEXIST') return { written: false };
      throw error;
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  });
}

function append(home: number, request: Request): unknown {
  const failed: { path: string; reason: string }[] = [];
  for (const each of several(request, 'files')) {
    const path = segments(each);
    const bytes = Buffer.from(text(each, 'content', MAX_LINE), 'utf8');
    const limit = amount(each, 'maxBytes');
    try {
      inParent(home, path, (folder, name) => appendOne(folder, name, bytes, limit));
    } catch (error) {
      const reason = codeOf(error as NodeJS.ErrnoException) ?? (error as Error).message;
      failed.push({ path: path.join('/'), reason: reason.slice(0, 200) });
    }
  }
  return { failed };
}

function appendOne(folder: number, name: string, bytes: Buffer, limit: number): void {
  const size = lstat(folder, name)?.size ?? 0;
  if (size > 0 && size + bytes.length > limit) fs.renameSync(at(folder, name), at(folder, `${name}.1`));
  // Not blocking: a pipe that the customer has put there must not hold us.
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  withFile(at(folder, name), flags, 0o640, (file) => {
    if (!fs.fstatSync(file).isFile()) throw failure('ENOTFILE', 'it is no regular file');
    fs.writeFileSync(file, bytes);
  });
}

function read(home: number, request: Request): unknown {
  const limit = amount(request, 'maxBytes');
  return inParent(home, segments(request), (folder, name) =>
    withFile(at(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, (file) => {
      const facts = fs.fstatSync(file);
      if (!facts.isFile()) throw failure('ENOTFILE', 'it is no regular file');
      const buffer = Buffer.alloc(Math.min(limit, facts.size + 1));
      let length = 0;
      while (length < buffer.length) {
        const got = fs.readSync(file, buffer, length, buffer.length - length, null);
        if (got === 0) break;
        length += got;
      }
      const bytes = buffer.subarray(0, length);
      const plain = bytes.toString('utf8');
      const isText = Buffer.from(plain, 'utf8').equals(bytes);
      return {
        content: isText ? plain : bytes.toString('base64'),
        encoding: isText ? 'utf8' : 'base64',
        truncated: facts.size > length,
      };
    }),
  );
}

function list(home: number, request: Request): unknown {
  const { path, names } = request;
  const known = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : null;
  return inFolder(home, path === '.' ? [] : segments(request), (folder) => {
    const found = (known ?? fs.readdirSync(`/proc/self/fd/${folder}`)).sort().slice(0, MAX_ENTRIES);
    const entries = found.flatMap((name) => {
      const facts = lstat(folder, name);
      if (!facts) return [];
      const mode = `0${(facts.mode & 0o777).toString(8).padStart(3, '0')}`;
      return [{ name, type: typeOf(facts), size: facts.size, mode, modified: facts.mtime.toISOString() }];
    });
    return { entries };
  });
}

function typeOf(facts: fs.Stats): 'file' | 'directory' | 'symlink' | 'other' {
  if (facts.isFile()) return 'file';
  if (facts.isDirectory()) return 'directory';
  return facts.isSymbolicLink() ? 'symlink' : 'other';
}

function remove(home: number, request: Request): unknown {
  return inParent(home, segments(request), (folder, name) => {
    const facts = lstat(folder, name);
    if (!facts) return { removed: false };
    if (!facts.isDirectory()) fs.unlinkSync(at(folder, name));
    else if (request['recursive'] === true) return erase(folder, name);
    else fs.rmdirSync(at(folder, name));
    return { removed: true };
  });
}

/** `rm` walks by descriptors to any depth and follows no symlink. Other requests go on meanwhile. */
function erase(folder: number, name: string): Promise<unknown> {
  const child = spawn('/bin/rm', ['-rf', '--one-file-system', '--', `./${name}`], {
    // Started before the descriptor is closed: the new process is in the folder then.
    cwd: `/proc/self/fd/${folder}`,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 600_000,
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString('utf8')).slice(-500)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve({ removed: true }) : reject(new Error(words || 'rm failed')),
    );
  });
}

function rename(home: number, request: Request): unknown {
  const to = segments(request, 'to');
  return inParent(home, segments(request, 'from'), (folder, name) =>
    inParent(home, to, (target, newName) => {
      if (!lstat(folder, name)) return { renamed: false };
      if (lstat(target, newName)) throw failure('EEXIST', 'the target exists');
      fs.renameSync(at(folder, name), at(target, newName));
      return { renamed: true };
    }),
  );
}

const OPERATIONS: ReadonlyMap<unknown, (home: number, request: Request) => unknown> = new Map([
  ['tenant.mkdir', mkdir],
  ['tenant.write', write],
  ['tenant.append', append],
  ['tenant.read', read],
  ['tenant.list', list],
  ['tenant.remove', remove],
  ['tenant.rename', rename],
]);

// ---- The conversation. ----

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

async function answer(home: string, line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  const said: Record<string, unknown> = { id: request['id'] };
  try {
    const operation = OPERATIONS.get(request['op']);
    if (!operation) throw failure('EINVAL', 'there is no such operation');
    said['result'] = await withFile(home, WALK, 0, (folder) => operation(folder, request));
    said['ok'] = true;
  } catch (error) {
    const code = codeOf(error as NodeJS.ErrnoException) ?? 'EIO';
    Object.assign(said, { ok: false, code, message: (error as Error).message });
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

const [uid, gid, home = ''] = process.argv.slice(2);
become(Number(uid), Number(gid));
process.umask(0o022);
const decoder = new StringDecoder('utf8');
let rest: string[] = [];
process.stdin.on('data', (chunk: Buffer) => {
  const pieces = decoder.write(chunk).split('\n');
  const last = pieces.pop() ?? '';
  for (const piece of pieces) {
    void answer(home, rest.join('') + piece);
    rest = [];
  }
  rest.push(last);
});
// A read error ends it like the end of the input does. What is under way is finished first: Node waits for it.
process.stdin.on('error', () => process.exit(1));
