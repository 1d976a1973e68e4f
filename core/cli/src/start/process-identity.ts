import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number: pid and start time (proc(5), field 22). */
export interface ProcessIdentity {
  pid: number;
  startedTicks: string;
}

export function identify(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may hold anything; fields are counted after the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startedTicks = fields[19];
    return startedTicks === undefined || fields[0] === 'Z' ? null : { pid, startedTicks };
  } catch {
    return null;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedTicks === identity.startedTicks;
}
