import { AgentError } from '@tenpanel/protocol/agent-error';
import { driverOf, entryOf, matchWhole } from './fake-driver.js';
import type { FakeState, Handlers } from './fake-state.js';

type HostOperation =
  | 'agent.info'
  | 'exec'
  | 'package.install'
  | 'package.status'
  | 'package.repository'
  | 'log.tail'
  | 'log.read'
  | 'host.glob'
  | 'host.facts';

/** Programs, packages, logs and facts. */
export function hostHandlers(state: FakeState): Handlers<HostOperation> {
  const packagesOf = (driver: string, set: string) =>
    entryOf(driverOf(state, driver).packages, set, 'package set')[state.info.os.family];
  return {
    'agent.info': () => ({
      ...state.info,
      drivers: [...state.drivers.values()].map(({ driver, sha256 }) => ({
        id: driver.id,
        version: driver.version,
        sha256,
      })),
    }),
    exec: ({ driver, command, args }) => {
      const spec = entryOf(driverOf(state, driver).commands, command, 'command');
      for (const [name, value] of Object.entries(args)) {
        const arg = entryOf(spec.args, name, 'argument');
        if (value.length > arg.maxLength || !matchWhole(arg.pattern, value))
          throw new AgentError('agent.notAllowed', `The argument ${name} of ${command} has another form.`);
      }
      const missing = Object.keys(spec.args).find((name) => !Object.hasOwn(args, name));
      if (missing)
        throw new AgentError('agent.badRequest', `The command ${command} needs the argument ${missing}.`);
      return {
        exitCode: 0,
        stdout: '',
        stderr: '',
        truncated: false,
        ...state.commands.get(`${driver}/${command}`)?.(args),
      };
    },
    'package.install': ({ driver, set }, onEvent) => {
      const wanted = packagesOf(driver, set);
      const installed = state.packages.has(`${driver}/${set}`) ? [] : wanted;
      for (const name of installed) onEvent({ line: `Setting up ${name} ...` });
      state.packages.add(`${driver}/${set}`);
      return { installed };
    },
    'package.status': ({ driver, set }) => {
      const wanted = packagesOf(driver, set);
      return state.packages.has(`${driver}/${set}`)
        ? { missing: [], installed: wanted }
        : { missing: wanted, installed: [] };
    },
    'package.repository': ({ driver, repository, enabled }) => {
      entryOf(driverOf(state, driver).repositories, repository, 'repository');
      const key = `${driver}/${repository}`;
      const changed = state.repositories.has(key) !== enabled;
      if (enabled) state.repositories.add(key);
      else state.repositories.delete(key);
      return { changed };
    },
    'log.tail': ({ driver, log, lines, key }) => {
      const spec = entryOf(driverOf(state, driver).logs, log, 'log');
      const all = state.logs.get(`${driver}/${log}`) ?? [];
      const own =
        key === undefined
          ? all
          : all.filter(
              (line) =>
                spec.keyPattern !== undefined &&
                new RegExp(spec.keyPattern).exec(line)?.groups?.['key'] === key,
            );
      return { lines: own.slice(-lines) };
    },
    'log.read': ({ driver, log, inode, offset, maxBytes }) => {
      entryOf(driverOf(state, driver).logs, log, 'log');
      const text = Buffer.from(
        (state.logs.get(`${driver}/${log}`) ?? []).map((line) => `${line}\n`).join(''),
      );
      const start = inode === 1 && offset <= text.length ? offset : 0;
      const part = text.subarray(start, start + maxBytes);
      const end = part.lastIndexOf(10) + 1;
      return {
        lines: part.subarray(0, end).toString('utf8').split('\n').slice(0, -1),
        inode: 1,
        offset: start + end,
      };
    },
    'host.glob': ({ driver, glob }) => {
      entryOf(driverOf(state, driver).globs, glob, 'glob');
      return { paths: [...(state.globs.get(`${driver}/${glob}`) ?? [])].sort() };
    },
    'host.facts': () => state.facts,
  };
}
