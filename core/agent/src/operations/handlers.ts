import type { OperationArgs, OperationName, OperationResult } from '@tenpanel/protocol';
import { findDrift } from '../config/find-drift.js';
import { entry, forFamily, resolveFile, resolveRoot } from '../drivers/resolve.js';
import { readFile } from '../files/read-file.js';
import { hostFacts } from '../host/facts.js';
import { glob } from '../host/glob.js';
import type { AgentContext, CallContext } from './context.js';
import { exec } from './exec.js';
import { info } from './info.js';
import { read, tail } from './log-operations.js';
import { reloadIfRunning, withService } from './service-operations.js';
import { asTenant } from './tenant-operations.js';

export type Handlers = {
  [N in OperationName]: (
    args: OperationArgs<N>,
    agent: AgentContext,
    call: CallContext,
  ) => Promise<OperationResult<N>>;
};

async function packageSet(args: { driver: string; set: string }, agent: AgentContext): Promise<string[]> {
  const driver = await agent.drivers.get(args.driver);
  return forFamily(entry(driver.packages, args.set, 'package set'), agent.profile.family);
}

/** The closed list: what stands here, and nothing else, can be asked of the agent. */
export const handlers: Handlers = {
  'agent.info': (_args, agent) => info(agent),

  'config.plan': (args, agent) => agent.config.plan(args),
  'config.apply': (args, agent) => agent.config.apply(args),
  'config.rollback': ({ driver, resource }, agent) => agent.config.rollback(driver, resource),
  'config.drift': async ({ driver, root }, agent) => {
    const drivers =
      driver === undefined
        ? (await agent.drivers.all()).map((each) => each.driver)
        : [await agent.drivers.get(driver)];
    return await findDrift(drivers, root, agent.configContext);
  },
  'config.read': async ({ driver, root, path }, agent) => {
    const place = resolveRoot(await agent.drivers.get(driver), root, agent.profile.family);
    const bytes = await readFile(agent.paths.at(resolveFile(place, path)));
    return { content: bytes?.toString('utf8') ?? null };
  },

  'service.status': (args, agent) => withService(args, agent, () => Promise.resolve()),
  'service.start': (args, agent) => withService(args, agent, (target) => agent.services.start(target)),
  'service.stop': (args, agent) => withService(args, agent, (target) => agent.services.stop(target)),
  'service.restart': (args, agent) => withService(args, agent, (target) => agent.services.restart(target)),
  'service.reload': (args, agent) => withService(args, agent, (target) => reloadIfRunning(target, agent)),
  'service.enable': (args, agent) =>
    withService(args, agent, async (target) => {
      if (args.account !== undefined) await agent.accounts.get(args.account);
      return await agent.services.enable(target, args.account);
    }),
  'service.disable': (args, agent) => withService(args, agent, (target) => agent.services.disable(target)),

  'account.ensure': ({ account, shell }, agent) => agent.accounts.ensure(account, shell),
  'account.lock': ({ account, locked }, agent) =>
    locked
      ? agent.tenants.without(account, () => agent.accounts.lock(account, true))
      : agent.accounts.lock(account, false),
  'account.remove': ({ account, purge }, agent) =>
    agent.tenants.without(account, async () => {
      // The kernel keeps a quota by number; one that is left behind harms nobody, so its removal may fail.
      const info = await agent.accounts.get(account).catch(() => null);
      if (info) await agent.quota.set(info, null, null).catch(() => undefined);
      return await agent.accounts.remove(account, purge);
    }),
  'account.list': async (_args, agent) => ({ accounts: await agent.accounts.list() }),

  'slice.set': async ({ account, limits }, agent) => {
    await agent.accounts.get(account);
    return await agent.slices.set(account, limits);
  },
  'slice.usage': ({ account }, agent) => agent.slices.usage(account),
  'slice.remove': ({ account }, agent) => agent.slices.remove(account),
  'quota.set': async ({ account, bytes, inodes }, agent) =>
    agent.quota.set(await agent.accounts.get(account), bytes, inodes),
  'quota.usage': async ({ account }, agent) => agent.quota.usage(await agent.accounts.get(account)),

  exec,

  'tenant.mkdir': (args, agent) => asTenant('tenant.mkdir', args, agent),
  'tenant.write': (args, agent) => asTenant('tenant.write', args, agent),
  'tenant.append': (args, agent) => asTenant('tenant.append', args, agent),
  'tenant.read': (args, agent) => asTenant('tenant.read', args, agent),
  'tenant.list': (args, agent) => asTenant('tenant.list', args, agent),
  'tenant.remove': (args, agent) => asTenant('tenant.remove', args, agent),
  'tenant.rename': (args, agent) => asTenant('tenant.rename', args, agent),

  'package.install': async (args, agent, call) => {
    const installed = await agent.packages.install(
      await packageSet(args, agent),
      // Not ended when the caller goes: a package manager that is killed half way leaves a broken system.
      (line) => call.event({ line }),
    );
    if (installed.length > 0) await agent.activate();
    return { installed };
  },
  'package.status': async (args, agent) => agent.packages.status(await packageSet(args, agent)),
  'package.repository': async ({ driver, repository, enabled }, agent) => {
    const source = forFamily(
      entry((await agent.drivers.get(driver)).repositories, repository, 'repository'),
      agent.profile.family,
    );
    // Suites are named after the release; a driver is one file for all of them.
    const content = source.content.replaceAll('{codename}', agent.os.codename);
    return await agent.packages.repository({ ...source, content }, enabled);
  },

  'log.tail': tail,
  'log.read': read,
  'host.glob': async (args, agent) => ({
    paths: await glob(entry((await agent.drivers.get(args.driver)).globs, args.glob, 'glob'), agent.paths),
  }),
  'host.facts': () => hostFacts(['/', '/home', '/var']),
};
