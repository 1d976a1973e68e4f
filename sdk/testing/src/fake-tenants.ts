import { posix } from 'node:path';
import type { OperationName } from '@tenpanel/protocol';
import { AgentError } from '@tenpanel/protocol/agent-error';
import { accountOf, folder } from './fake-accounts.js';
import type { FakeState, Handlers, TenantNode } from './fake-state.js';

type TenantOperation = Extract<OperationName, `tenant.${string}`>;

/** The home folders. Parents must exist, as for a real file system. */
export function tenantHandlers(state: FakeState): Handlers<TenantOperation> {
  return {
    'tenant.mkdir': ({ account, folders }) => {
      const home = homeOf(state, account);
      return {
        created: folders.filter(({ path, mode }) => makeFolder(home, path, mode)).map(({ path }) => path),
      };
    },
    'tenant.write': ({ account, path, content, encoding, mode, ifAbsent }) => {
      const home = homeOf(state, account);
      if (home.has(path) && ifAbsent) return { written: false };
      const parent = posix.dirname(path);
      if (parent !== '.' && home.get(parent)?.type !== 'directory')
        throw new AgentError('agent.notFound', `The folder ${parent} does not exist.`);
      home.set(path, {
        type: 'file',
        content: Buffer.from(content, encoding),
        mode,
        modified: new Date().toISOString(),
      });
      return { written: true };
    },
    'tenant.append': ({ account, files }) => {
      const home = homeOf(state, account);
      const failed = files.filter(({ path, content, maxBytes }) => {
        const there = home.get(path);
        if (home.get(posix.dirname(path))?.type !== 'directory' || there?.type === 'directory') return true;
        const before = there?.content ?? Buffer.alloc(0);
        const full = before.length > 0 && before.length + Buffer.byteLength(content) > maxBytes;
        if (full && there) home.set(`${path}.1`, there);
        home.set(path, {
          type: 'file',
          content: Buffer.concat([full ? Buffer.alloc(0) : before, Buffer.from(content)]),
          mode: there?.mode ?? '0640',
          modified: new Date().toISOString(),
        });
        return false;
      });
      return { failed: failed.map(({ path }) => ({ path, reason: 'ENOENT' })) };
    },
    'tenant.read': ({ account, path, maxBytes }) => {
      const node = homeOf(state, account).get(path);
      if (node?.type !== 'file') throw new AgentError('agent.notFound', `There is no file ${path}.`);
      const bytes = node.content.subarray(0, maxBytes);
      const text = bytes.toString('utf8');
      const encoding = Buffer.from(text, 'utf8').equals(bytes) ? 'utf8' : 'base64';
      return {
        content: encoding === 'utf8' ? text : bytes.toString('base64'),
        encoding,
        truncated: node.content.length > maxBytes,
      };
    },
    'tenant.list': ({ account, path }) => {
      const home = homeOf(state, account);
      if (path !== '' && path !== '.' && home.get(path)?.type !== 'directory')
        throw new AgentError('agent.notFound', `There is no folder ${path}.`);
      const parent = path === '' ? '.' : path;
      const entries = [...home].filter(([name]) => posix.dirname(name) === parent);
      return {
        entries: entries.map(([name, node]) => ({
          name: posix.basename(name),
          type: node.type,
          size: node.content.length,
          mode: node.mode,
          modified: node.modified,
        })),
      };
    },
    'tenant.remove': ({ account, path, recursive }) => {
      const home = homeOf(state, account);
      const below = [...home.keys()].filter((name) => name.startsWith(`${path}/`));
      if (below.length > 0 && !recursive)
        throw new AgentError('agent.io', `The folder ${path} is not empty.`);
      for (const name of below) home.delete(name);
      return { removed: home.delete(path) };
    },
    'tenant.rename': ({ account, from, to }) => {
      const home = homeOf(state, account);
      if (!home.has(from)) return { renamed: false };
      if (home.has(to)) throw new AgentError('agent.io', `${to} exists already.`);
      for (const [name, node] of [...home]) {
        if (name !== from && !name.startsWith(`${from}/`)) continue;
        home.delete(name);
        home.set(to + name.slice(from.length), node);
      }
      return { renamed: true };
    },
  };
}

/** True when it was not there. Parents come with it. */
function makeFolder(home: Map<string, TenantNode>, path: string, mode: string): boolean {
  const there = home.get(path);
  if (there?.type === 'file') throw new AgentError('agent.notAllowed', `${path} is a file.`);
  if (there) return false;
  const parts = path.split('/');
  for (const index of parts.keys()) {
    const each = parts.slice(0, index + 1).join('/');
    if (!home.has(each)) home.set(each, folder(mode));
  }
  return true;
}

function homeOf(state: FakeState, account: string): Map<string, TenantNode> {
  accountOf(state, account);
  const home = state.tenants.get(account) ?? new Map<string, TenantNode>();
  state.tenants.set(account, home);
  return home;
}
