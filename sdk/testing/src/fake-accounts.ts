import type { AccountInfo, SliceLimits } from '@tenpanel/protocol';
import { AgentError } from '@tenpanel/protocol/agent-error';
import type { FakeState, Handlers, TenantNode } from './fake-state.js';

type AccountOperation =
  | 'account.ensure'
  | 'account.lock'
  | 'account.remove'
  | 'account.list'
  | 'slice.set'
  | 'slice.usage'
  | 'slice.remove'
  | 'quota.set'
  | 'quota.usage';

const UNLIMITED: SliceLimits = {
  memoryBytes: null,
  cpuPercent: null,
  processes: null,
  ioReadBytesPerSecond: null,
  ioWriteBytesPerSecond: null,
  ioWeight: null,
};

/** Unix accounts, their slices and quotas. */
export function accountHandlers(state: FakeState): Handlers<AccountOperation> {
  const slices = (): { supported: boolean; reason?: string } =>
    state.info.cgroup.version === 2
      ? { supported: true }
      : { supported: false, reason: state.info.cgroup.reason ?? 'This host has no cgroup v2 controllers.' };
  return {
    'account.ensure': ({ account, shell }) => {
      const known = state.accounts.get(account);
      const uid = known?.uid ?? 20_000 + state.accounts.size;
      const info: AccountInfo = {
        account,
        uid,
        gid: uid,
        home: `/home/${account}`,
        locked: known?.locked ?? false,
        shell,
      };
      state.accounts.set(account, info);
      if (!state.tenants.has(account))
        state.tenants.set(account, new Map<string, TenantNode>([['domains', folder()]]));
      return { ...info };
    },
    'account.lock': ({ account, locked }) => {
      const info = accountOf(state, account);
      info.locked = locked;
      return { ...info };
    },
    'account.remove': ({ account }) => {
      const removed = state.accounts.delete(account);
      state.tenants.delete(account);
      return { removed };
    },
    'account.list': () => ({ accounts: [...state.accounts.values()].map((info) => ({ ...info })) }),
    'slice.set': ({ account, limits }) => {
      accountOf(state, account);
      if (slices().supported) state.slices.set(account, { ...limits });
      return slices();
    },
    'slice.usage': ({ account }) => {
      accountOf(state, account);
      if (!slices().supported) return slices();
      return {
        supported: true,
        memoryBytes: 0,
        oomKills: 0,
        cpuUsageMicroseconds: 0,
        cpuThrottledMicroseconds: 0,
        cpuThrottledCount: 0,
        processes: 0,
        processLimitHits: 0,
        limits: state.slices.get(account) ?? UNLIMITED,
        ...state.usage.get(account),
      };
    },
    'slice.remove': ({ account }) => ({ removed: state.slices.delete(account) }),
    'quota.set': ({ account, bytes, inodes }) => {
      accountOf(state, account);
      state.quotas.set(account, { bytes, inodes });
      return { supported: true };
    },
    'quota.usage': ({ account }) => {
      accountOf(state, account);
      const nodes = [...(state.tenants.get(account)?.values() ?? [])];
      return {
        supported: true,
        bytes: nodes.reduce((sum, node) => sum + node.content.length, 0),
        inodes: nodes.length,
      };
    },
  };
}

export function accountOf(state: FakeState, account: string): AccountInfo {
  const info = state.accounts.get(account);
  if (!info) throw new AgentError('agent.notFound', `There is no account ${account}.`);
  return info;
}

export function folder(mode = '0755'): TenantNode {
  return { type: 'directory', content: Buffer.alloc(0), mode, modified: new Date().toISOString() };
}
