import { readdir } from 'node:fs/promises';
import { AgentError } from '@tenpanel/protocol';
import type { HostPaths } from '../files/host-paths.js';

const MOST = 1000;

/** Paths that match a driver's pattern, where `*` stands for any part of one segment. Sorted; hidden files are left out. */
export async function glob(pattern: string, paths: HostPaths): Promise<string[]> {
  let found = [''];
  for (const segment of pattern.split('/').slice(1)) {
    const next: string[] = [];
    for (const folder of found) {
      const entries = await readdir(paths.at(folder === '' ? '/' : folder)).catch(() => []);
      const matches = segment.includes('*')
        ? entries.filter((name) => !name.startsWith('.') && matcher(segment).test(name))
        : entries.filter((name) => name === segment);
      next.push(...matches.map((name) => `${folder}/${name}`));
    }
    if (next.length > MOST) throw new AgentError('agent.io', `More than ${MOST} paths match ${pattern}.`);
    found = next;
  }
  return found.sort();
}

function matcher(segment: string): RegExp {
  const parts = segment.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`, 'u');
}
