import { fileURLToPath } from 'node:url';
import { AgentError, tenantResultChecks, type AccountInfo } from '@tenpanel/protocol';
import type { HostPaths } from '../files/host-paths.js';
import type { InSlice } from './in-slice.js';
import { tenantError } from './tenant-error.js';
import { startTenantProcess, type TenantProcess } from './tenant-process.js';
import { patience, type TenantOperation, type TenantRequest, type TenantResult } from './tenant-request.js';

/** The customers' own processes: one an account, started when it is needed, kept for a while, as starting is what costs. */
export interface TenantProcesses {
  ask<N extends TenantOperation>(
    info: AccountInfo,
    op: N,
    request: TenantRequest<N>,
  ): Promise<TenantResult<N>>;
  /** End the account's process, and start none until `work` has ended: it locks or removes the account. */
  without<T>(account: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when nobody is locking or removing the account. */
  allowed(account: string): Promise<void>;
  close(): Promise<void>;
}

interface Kept {
  started: Promise<TenantProcess>;
  /** Unix milliseconds. */
  born: number;
  asked: number;
  idle: NodeJS.Timeout | undefined;
}

const IDLE_MS = 12_000;
/** A busy account gets a fresh process now and then, so that none grows old. */
const AGE_MS = 300_000;
/** Idle ones that may wait for more work, over all accounts: each holds some 10 MiB and 4 tasks of its customer's. */
const MAX_IDLE = 16;
/** Seconds after which the service manager ends one that nobody could end: the age, the longest request, some room. */
const LIFE_SECONDS = AGE_MS / 1000 + 620 + 60;

export function tenantProcesses(
  paths: HostPaths,
  inSlice: InSlice,
  options: { idleMs?: number } = {},
): TenantProcesses {
  const idleMs = options.idleMs ?? IDLE_MS;
  const kept = new Map<string, Kept>();
  const barred = new Map<string, Promise<unknown>>();
  const running = new Set<TenantProcess>();

  const start = (info: AccountInfo): Kept => {
    // From sources (tests) the child is TypeScript, which Node runs as it is: the file uses no syntax that needs a build.
    const name = import.meta.url.endsWith('.ts') ? './tenant-child.ts' : './tenant-child.js';
    const script = fileURLToPath(new URL(name, import.meta.url));
    // Threads count against the customer's limit of processes; this program needs no more than the main one.
    const argv = [
      '--no-warnings',
      '--v8-pool-size=0',
      script,
      String(info.uid),
      String(info.gid),
      paths.at(info.home),
    ];
    const command = inSlice(info.account, process.execPath, argv, { seconds: LIFE_SECONDS });
    const mine: Kept = { started: startTenantProcess(command), born: Date.now(), asked: 0, idle: undefined };
    kept.set(info.account, mine);
    const forget = (): void => {
      clearTimeout(mine.idle);
      if (kept.get(info.account) === mine) kept.delete(info.account);
    };
    mine.started.then((child) => {
      running.add(child);
      void child.gone.then(() => {
        running.delete(child);
        forget();
      });
    }, forget);
    return mine;
  };

  const retire = (account: string, mine: Kept): void => {
    clearTimeout(mine.idle);
    if (kept.get(account) === mine) kept.delete(account);
    mine.started.then(
      (child) => child.retire(),
      () => undefined,
    );
  };

  /** The longest idle go first when there are too many. */
  const trim = (): void => {
    const idle = [...kept].filter(([, each]) => each.idle !== undefined);
    for (const [account, each] of idle.slice(0, Math.max(0, idle.length - MAX_IDLE))) retire(account, each);
  };

  const rest = (account: string, mine: Kept): void => {
    if (mine.asked > 0 || kept.get(account) !== mine) return;
    mine.idle = setTimeout(() => retire(account, mine), idleMs);
    mine.idle.unref();
    // A map keeps its order: what has rested longest stands first.
    kept.delete(account);
    kept.set(account, mine);
    trim();
  };

  return {
    async ask(info, op, request) {
      const { account } = info;
      if (barred.has(account))
        throw new AgentError('agent.unavailable', `The account ${account} is being locked or removed.`);
      const former = kept.get(account);
      if (former && (Date.now() - former.born > AGE_MS || (await hasEnded(former)))) retire(account, former);
      const mine = kept.get(account) ?? start(info);
      clearTimeout(mine.idle);
      mine.idle = undefined;
      mine.asked += 1;
      try {
        const child = await mine.started;
        const answer = await child.ask({ op, ...request }, patience(op));
        if (!answer.ok) throw tenantError(placeOf(request), answer.code, answer.message);
        return checked(op, answer.result, child);
      } finally {
        mine.asked -= 1;
        rest(account, mine);
      }
    },
    async without(account, work) {
      const before = barred.get(account);
      const turn = (async () => {
        await before?.catch(() => undefined);
        const mine = kept.get(account);
        kept.delete(account);
        clearTimeout(mine?.idle);
        const child = await mine?.started.catch(() => undefined);
        child?.kill();
        await child?.gone;
        return await work();
      })();
      barred.set(account, turn);
      try {
        return await turn;
      } finally {
        if (barred.get(account) === turn) barred.delete(account);
      }
    },
    async allowed(account) {
      while (barred.has(account)) await barred.get(account)?.catch(() => undefined);
    },
    async close() {
      for (const [account, each] of [...kept]) retire(account, each);
      const all = [...running];
      const late = setTimeout(() => all.forEach((child) => child.kill()), 5000);
      await Promise.all(all.map((child) => child.gone));
      clearTimeout(late);
    },
  };
}

/** The customer may end it like any other process of theirs, between two requests as well. */
async function hasEnded(mine: Kept): Promise<boolean> {
  return await mine.started.then(
    (child) => child.closed,
    () => true,
  );
}

/** An answer of a wrong shape ends the process: it is no longer the program that the agent started. */
function checked<N extends TenantOperation>(op: N, result: unknown, child: TenantProcess): TenantResult<N> {
  try {
    return tenantResultChecks[op](result, 'result') as TenantResult<N>;
  } catch {
    child.kill();
    throw new AgentError(
      'agent.programFailed',
      "The customer's process answered in a form that is not known.",
    );
  }
}

/** Where it happened, for people. */
function placeOf(request: object): string {
  const { path, from, to, folders } = request as {
    path?: string;
    from?: string;
    to?: string;
    folders?: { path: string }[];
  };
  if (from !== undefined) return `${from} to ${to ?? ''}`;
  return path ?? folders?.map((each) => each.path).join(', ') ?? 'the home';
}
