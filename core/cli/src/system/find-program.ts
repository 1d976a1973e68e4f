import { accessSync, constants } from 'node:fs';

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** Absolute path of a system program, or null. */
export function findProgram(name: string): string | null {
  for (const folder of FOLDERS) {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return `${folder}/${name}`;
    } catch {
      // Not here.
    }
  }
  return null;
}
