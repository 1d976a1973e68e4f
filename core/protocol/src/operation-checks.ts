import type { Check } from './check/check.js';
import { account, driverId, instance, keyName, KEY, mode, relativePath, resource } from './check/names.js';
import { flag, integer, nullable, optional, word } from './check/scalars.js';
import { list, object, record } from './check/structures.js';
import { contents, text } from './check/text.js';
import type {
  ConfigChange,
  ConfigFile,
  KeptFile,
  OperationArgs,
  OperationName,
  ServiceRef,
  SliceLimits,
} from './operations.js';

const MiB = 1024 * 1024;
const none = object<Record<string, never>>({});
const serviceRef = { driver: driverId, service: keyName, instance: optional(instance) };
const service = object<ServiceRef>(serviceRef);
const configFile = object<ConfigFile>({ root: keyName, path: relativePath(), content: contents(4 * MiB) });
const sha256 = text({ max: 64, pattern: /^[0-9a-f]{64}$/ });
const change = object<ConfigChange>({
  ...serviceRef,
  resource,
  generation: integer(0),
  files: list(configFile, 1000),
  force: optional(flag),
  keep: optional(
    list(object<KeptFile>({ root: keyName, path: relativePath(), sha256: nullable(sha256) }), 1000),
  ),
});
const bytes = nullable(integer(1));
const sliceLimits = object<SliceLimits>({
  memoryBytes: nullable(integer(MiB)),
  cpuPercent: nullable(integer(1, 100_000)),
  processes: nullable(integer(1, 1_000_000)),
  ioReadBytesPerSecond: bytes,
  ioWriteBytesPerSecond: bytes,
  ioWeight: nullable(integer(1, 10_000)),
});
const onlyAccount = { account };
const packages = { driver: driverId, set: keyName };
const logRef = { driver: driverId, log: keyName };

/** One strict check an operation; the mapped type makes the compiler complain when an operation has none. */
export const operationChecks: { [N in OperationName]: Check<OperationArgs<N>> } = {
  'agent.info': none,
  'config.plan': change,
  'config.apply': change,
  'config.rollback': object({ driver: driverId, resource }),
  'config.drift': object({ driver: optional(driverId), root: optional(keyName) }),
  'config.read': object({ driver: driverId, root: keyName, path: relativePath() }),
  'service.status': service,
  'service.start': service,
  'service.stop': service,
  'service.restart': service,
  'service.reload': service,
  'service.enable': object({ ...serviceRef, account: optional(account) }),
  'service.disable': service,
  'account.ensure': object({ account, shell: flag }),
  'account.lock': object({ account, locked: flag }),
  'account.remove': object({ account, purge: flag }),
  'account.list': none,
  'slice.set': object({ account, limits: sliceLimits }),
  'slice.usage': object(onlyAccount),
  'slice.remove': object(onlyAccount),
  'quota.set': object({ account, bytes: nullable(integer(0)), inodes: nullable(integer(0)) }),
  'quota.usage': object(onlyAccount),
  // Control characters are refused per argument by the agent, which alone knows which one is standard input.
  exec: object({ driver: driverId, command: keyName, args: record(KEY, contents(4 * MiB), 64) }),
  'tenant.mkdir': object({ account, folders: list(object({ path: relativePath(), mode }), 10_000, 1) }),
  'tenant.write': object({
    account,
    path: relativePath(),
    content: contents(24 * MiB),
    encoding: word('utf8', 'base64'),
    mode,
    ifAbsent: optional(flag),
  }),
  'tenant.append': object({
    account,
    files: list(
      object({ path: relativePath(), content: contents(8 * MiB), maxBytes: integer(1024, 1024 * MiB) }),
      1000,
      1,
    ),
  }),
  'tenant.read': object({ account, path: relativePath(), maxBytes: integer(1, 16 * MiB) }),
  'tenant.list': object({ account, path: relativePath(true) }),
  'tenant.remove': object({ account, path: relativePath(), recursive: flag }),
  'tenant.rename': object({ account, from: relativePath(), to: relativePath() }),
  'package.install': object(packages),
  'package.status': object(packages),
  'package.repository': object({ driver: driverId, repository: keyName, enabled: flag }),
  'log.tail': object({
    ...logRef,
    lines: integer(0, 10_000),
    key: optional(text({ min: 1, max: 255 })),
    follow: optional(flag),
  }),
  'log.read': object({ ...logRef, inode: integer(0), offset: integer(0), maxBytes: integer(1, 8 * MiB) }),
  'host.glob': object({ driver: driverId, glob: keyName }),
  'host.facts': none,
};
