import { readFileSync } from 'node:fs';

const FAMILIES = [
  { family: 'debian', ids: ['debian'], versions: ['12', '13'] },
  { family: 'debian', ids: ['ubuntu'], versions: ['22.04', '24.04', '26.04'] },
  { family: 'rhel', ids: ['rhel', 'almalinux', 'rocky', 'centos'], versions: ['9', '10'] },
];

/** What this machine is, from /etc/os-release (man 5 os-release). `supported` is false for a system nobody has tried. */
export function readHost(file = '/etc/os-release') {
  const values = {};
  try {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const match = /^([A-Z_]+)="?([^"]*)"?$/.exec(line.trim());
      if (match) values[match[1]] = match[2];
    }
  } catch {
    return { family: null, name: process.platform, supported: false };
  }
  const names = [values.ID ?? '', ...(values.ID_LIKE ?? '').split(' ')];
  const exact = FAMILIES.find((f) => f.ids.includes(values.ID));
  const like = exact ?? FAMILIES.find((f) => f.ids.some((id) => names.includes(id)));
  const version = values.VERSION_ID ?? '';
  return {
    family: like?.family ?? null,
    name: values.PRETTY_NAME ?? values.ID ?? 'an unknown system',
    supported: Boolean(exact?.versions.some((v) => version === v || version.startsWith(`${v}.`))),
  };
}

/** Stop early, in plain words, where the panel cannot work at all. */
export function checkMachine() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18)
    throw new Error(
      `Node ${process.versions.node} is too old to begin with. Install Node 18 or newer (the panel brings its own Node 24).`,
    );
  if (process.platform !== 'linux') throw new Error('10panel runs on Linux only.');
  if (!['x64', 'arm64'].includes(process.arch))
    throw new Error(`There is no build of Node 24 for ${process.arch}. Use an x86-64 or ARM64 machine.`);
}
