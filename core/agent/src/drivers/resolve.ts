import {
  AgentError,
  type Driver,
  type DriverService,
  type OsFamily,
  type PerFamily,
  type ServiceRef,
} from '@tenpanel/protocol';
import { substitute } from './substitute.js';

/** A service of a driver with its instance put in. */
export interface ServiceTarget {
  /** `<driver>/<service>` or `<driver>/<service>@<instance>`: one queue of changes each. */
  id: string;
  driver: Driver;
  name: string;
  instance: string | undefined;
  spec: DriverService;
  unit: string;
  /** For placeholders in calls and paths. */
  values: Record<string, string>;
}

export interface RootTarget {
  name: string;
  path: string;
  pattern: RegExp;
  mode: number;
  owner: string;
  group: string;
}

/** The entry, or `agent.notAllowed`. Own keys only, so that `constructor` is no entry of every driver. */
export function entry<V>(record: Record<string, V>, name: string, what: string): V {
  const found = Object.hasOwn(record, name) ? record[name] : undefined;
  if (found === undefined)
    throw new AgentError('agent.notAllowed', `The driver has no ${what} named ${name}.`);
  return found;
}

export function forFamily<T>(value: T | PerFamily<T>, family: OsFamily): T {
  const both = value as PerFamily<T>;
  return typeof value === 'object' && value !== null && 'debian' in value && 'rhel' in value
    ? both[family]
    : (value as T);
}

/** True when the anchored pattern matches the whole text. */
export function matchesWhole(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'u').test(text);
}

export function resolveService(
  driver: Driver,
  ref: Omit<ServiceRef, 'driver'>,
  family: OsFamily,
): ServiceTarget {
  const spec = entry(driver.services, ref.service, 'service');
  if (spec.instancePattern === undefined) {
    if (ref.instance !== undefined)
      throw new AgentError('agent.notAllowed', `${ref.service} has no instances.`);
  } else if (ref.instance === undefined || !matchesWhole(spec.instancePattern, ref.instance)) {
    throw new AgentError(
      'agent.notAllowed',
      `${ref.service} needs an instance that matches ${spec.instancePattern}.`,
    );
  }
  const values: Record<string, string> = ref.instance === undefined ? {} : { instance: ref.instance };
  return {
    id: `${driver.id}/${ref.service}${ref.instance === undefined ? '' : `@${ref.instance}`}`,
    driver,
    name: ref.service,
    instance: ref.instance,
    spec,
    unit: substitute(forFamily(spec.unit, family), values),
    values,
  };
}

export function resolveRoot(driver: Driver, name: string, family: OsFamily): RootTarget {
  const root = entry(driver.roots, name, 'root');
  return {
    name,
    path: forFamily(root.path, family),
    pattern: new RegExp(`^(?:${root.pattern})$`, 'u'),
    mode: Number.parseInt(root.mode, 8),
    owner: root.owner ?? 'root',
    group: root.group ?? root.owner ?? 'root',
  };
}

/** The absolute path of a file that the driver may write; refused when the root's pattern does not match all of it. */
export function resolveFile(root: RootTarget, path: string): string {
  if (!root.pattern.test(path)) {
    throw new AgentError(
      'agent.notAllowed',
      `${path} does not fit the pattern of root ${root.name}: ${root.pattern.source}`,
    );
  }
  return `${root.path}/${path}`;
}
