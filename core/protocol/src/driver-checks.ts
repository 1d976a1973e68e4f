import type { Check } from './check/check.js';
import { absolutePath, driverId, KEY, mode, sysName } from './check/names.js';
import { integer, optional, word } from './check/scalars.js';
import { list, object, record, tagged } from './check/structures.js';
import { contents, text } from './check/text.js';
import type * as D from './driver.js';

const line = text({ min: 1, max: 1024 });
const pattern = text({ min: 1, max: 500 });
const unitName = text({
  min: 3,
  max: 200,
  pattern: /^[A-Za-z0-9][A-Za-z0-9@._{}-]*$/,
  says: 'must be a unit name',
});
const unitFile =
  /^[A-Za-z0-9][A-Za-z0-9@._-]*\.(service|socket|slice|timer|path|target)(\.d\/[A-Za-z0-9][A-Za-z0-9._-]*\.conf)?$/;
const seconds = integer(1, 3600);

function perFamily<T>(check: Check<T>): Check<D.PerFamily<T>> {
  return object<D.PerFamily<T>>({ debian: check, rhel: check });
}

function oneOrPerFamily<T extends string>(check: Check<T>): Check<T | D.PerFamily<T>> {
  const both = perFamily(check);
  return (value, path) => (typeof value === 'string' ? check(value, path) : both(value, path));
}

const program: Check<string | string[]> = (value, path) =>
  typeof value === 'string' ? absolutePath(value, path) : list(absolutePath, 16, 1)(value, path);

const callFields = { program, argv: list(text({ max: 4096 }), 64), timeout: optional(seconds) };
const call = object<D.DriverCall>(callFields);
const folder = {
  path: oneOrPerFamily(absolutePath),
  mode,
  owner: optional(sysName),
  group: optional(sysName),
};

const command = object<D.DriverCommand>({
  ...callFields,
  args: record(KEY, object<D.DriverArg>({ pattern, maxLength: integer(1, 4_194_304) }), 64),
  stdin: optional(text({ min: 1, max: 64 })),
  maxOutput: optional(integer(1, 16 * 1024 * 1024)),
  runAs: optional(
    text({
      min: 1,
      max: 32,
      pattern: /^(\{account\}|[a-z_][a-z0-9_-]*)$/,
      says: 'must be a system user or {account}',
    }),
  ),
});

const signal = text({
  min: 3,
  max: 12,
  pattern: /^(SIG)?(HUP|INT|QUIT|USR1|USR2|TERM|WINCH)$/,
  says: 'must be HUP, INT, QUIT, USR1, USR2, TERM or WINCH',
});
const generationFile = object<D.GenerationFile>({
  root: text({ min: 1, max: 64 }),
  path: line,
  content: contents(65_536),
});

type Reload = D.DriverService['reload'];
const reload = tagged<Reload>('kind', {
  signal: object<Extract<Reload, { kind: 'signal' }>>({ kind: word('signal'), signal }),
  service: object<Extract<Reload, { kind: 'service' }>>({ kind: word('service') }),
  restart: object<Extract<Reload, { kind: 'restart' }>>({ kind: word('restart') }),
  calls: object<Extract<Reload, { kind: 'calls' }>>({ kind: word('calls'), calls: list(call, 16, 1) }),
});

const probe = tagged<D.DriverProbe>('kind', {
  http: object<Extract<D.DriverProbe, { kind: 'http' }>>({
    kind: word('http'),
    socket: optional(absolutePath),
    port: optional(integer(1, 65_535)),
    path: text({ min: 1, max: 256, pattern: /^\/[\x21-\x7e]*$/, says: 'must be a path of a URL' }),
    host: optional(text({ min: 1, max: 253, pattern: /^[A-Za-z0-9.-]+$/ })),
    expect: text({ min: 1, max: 1024 }),
    overlap: optional(integer(1, 2_000)),
    generationFile: optional(generationFile),
  }),
  call: object<Extract<D.DriverProbe, { kind: 'call' }>>({ kind: word('call'), call, expect: pattern }),
  connect: object<Extract<D.DriverProbe, { kind: 'connect' }>>({
    kind: word('connect'),
    socket: absolutePath,
  }),
});

const service = object<D.DriverService>({
  unit: oneOrPerFamily(unitName),
  instancePattern: optional(pattern),
  unitFiles: optional(record(unitFile, contents(65_536), 32)),
  foreground: object<D.DriverService['foreground']>({
    ...callFields,
    user: optional(sysName),
    stopSignal: optional(signal),
    prepare: optional(list(call, 16)),
  }),
  reload,
  validators: list(call, 16),
  probe: optional(probe),
  idleStop: optional(integer(5, 86_400)),
});

const packageName = text({
  min: 2,
  max: 100,
  pattern: /^[A-Za-z0-9][A-Za-z0-9+._-]+$/,
  says: 'must be a package name',
});
const fileName = text({
  min: 1,
  max: 100,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  says: 'must be a file name',
});
const repository = object<D.RepositorySource>({
  title: line,
  file: fileName,
  content: contents(65_536),
  keyUrl: text({ min: 9, max: 500, pattern: /^https:\/\/[\x21-\x7e]+$/, says: 'must be an https address' }),
  keyFile: fileName,
});

/** The shape of a driver file; what the parts mean together is in `driver-rules.ts`. */
export const driverCheck = object<D.Driver>({
  id: driverId,
  version: integer(1),
  roots: record(KEY, object<D.DriverRoot>({ ...folder, pattern }), 32),
  services: record(KEY, service, 64),
  commands: record(KEY, command, 128),
  logs: record(
    KEY,
    object<D.DriverLog>({ path: oneOrPerFamily(absolutePath), keyPattern: optional(pattern) }),
    64,
  ),
  globs: record(KEY, absolutePath, 32),
  packages: record(KEY, perFamily(list(packageName, 64)), 64),
  repositories: record(KEY, perFamily(repository), 16),
  groups: record(
    /^[a-z_][a-z0-9_-]{0,31}$/,
    object<{ members: D.PerFamily<string[]> }>({ members: perFamily(list(sysName, 16)) }),
    16,
  ),
  directories: list(object<D.DriverDirectory>(folder), 64),
});
