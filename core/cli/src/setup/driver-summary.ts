import type { Driver, PerFamily } from '@tenpanel/protocol';

/** What a driver asks for, a line each, in words an administrator can judge. */
export function driverSummary(driver: Driver): string[] {
  const path = (value: string | PerFamily<string>) =>
    typeof value === 'string' ? value : [...new Set(Object.values(value))].join(' or ');
  return [
    ...Object.values(driver.roots).map(
      (root) => `write  ${path(root.path)}/  matching ${root.pattern}  mode ${root.mode}`,
    ),
    ...driver.directories.map(
      (folder) =>
        `folder ${path(folder.path)}  mode ${folder.mode}  ${folder.owner ?? 'root'}:${folder.group ?? 'root'}`,
    ),
    ...Object.entries(driver.services).map(
      ([name, service]) => `service ${name}: ${path(service.unit)}, reload by ${service.reload.kind}`,
    ),
    ...Object.entries(driver.services).flatMap(([, service]) =>
      Object.keys(service.unitFiles ?? {}).map((unit) => `unit   ${unit}`),
    ),
    ...Object.entries(driver.commands).map(
      ([name, call]) =>
        `run    ${name}: ${[[call.program].flat().join(' or '), ...call.argv].join(' ')}${call.runAs ? ` as ${call.runAs}` : ' as root'}`,
    ),
    ...Object.entries(driver.logs).map(([name, log]) => `read   log ${name}: ${path(log.path)}`),
    ...Object.entries(driver.globs).map(([, glob]) => `list   ${glob}`),
    ...Object.entries(driver.packages).map(
      ([set, names]) => `install ${set}: ${[...new Set(Object.values(names).flat())].join(', ')}`,
    ),
    ...Object.entries(driver.repositories).map(
      ([name, source]) => `repository ${name} (off until asked for): ${source.debian.title}`,
    ),
    ...Object.entries(driver.groups).map(
      ([name, group]) =>
        `group  ${name} with ${[...new Set(Object.values(group.members).flat())].join(', ')}`,
    ),
  ];
}
