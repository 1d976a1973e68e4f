import { readFile } from 'node:fs/promises';
import type { AgentInfo } from '@tenpanel/protocol';
import { debian } from './debian.js';
import type { OsProfile } from './profile.js';
import { rhel } from './rhel.js';

/** The profile for the text of an os-release file (freedesktop.org os-release(5)). Unknown systems count as Debian. */
export function profileOf(osRelease: string): { profile: OsProfile; os: AgentInfo['os'] } {
  const fields = new Map<string, string>();
  for (const line of osRelease.split('\n')) {
    const match = /^([A-Z_]+)=["']?([^"']*)["']?$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], match[2] ?? '');
  }
  const id = fields.get('ID') ?? 'unknown';
  const families = `${id} ${fields.get('ID_LIKE') ?? ''}`;
  const profile = /\b(rhel|fedora|centos|almalinux|rocky)\b/.test(families) ? rhel : debian;
  const os = {
    family: profile.family,
    id,
    versionId: fields.get('VERSION_ID') ?? '',
    codename: fields.get('VERSION_CODENAME') ?? '',
  };
  return { profile, os };
}

export async function detectOs(): Promise<ReturnType<typeof profileOf>> {
  return profileOf(await readFile('/etc/os-release', 'utf8').catch(() => ''));
}
