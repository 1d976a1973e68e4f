import type { Driver, DriverRoot } from '@tenpanel/protocol';
import { AgentError } from '@tenpanel/protocol/agent-error';
import type { FakeState } from './fake-state.js';

export function driverOf(state: FakeState, id: string): Driver {
  const known = state.drivers.get(id);
  if (!known) throw new AgentError('agent.unknownDriver', `No driver ${id} is installed.`);
  return known.driver;
}

/** The name's entry in one of the driver's tables, or a refusal. */
export function entryOf<T>(table: Record<string, T>, name: string, what: string): T {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) throw new AgentError('agent.notAllowed', `The driver has no ${what} ${name}.`);
  return entry;
}

export function absoluteOf(state: FakeState, root: DriverRoot, path: string): string {
  const base = typeof root.path === 'string' ? root.path : root.path[state.info.os.family];
  if (
    path.startsWith('/') ||
    path.split('/').includes('..') ||
    !new RegExp(`^(?:${root.pattern})$`).test(path)
  ) {
    throw new AgentError('agent.notAllowed', `The driver does not allow the path ${path}.`);
  }
  return `${base}/${path}`;
}

export function matchWhole(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(value);
}
