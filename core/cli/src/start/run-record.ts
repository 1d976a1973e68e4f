import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

interface Recorded {
  supervisor: ProcessIdentity;
  children: Record<string, ProcessIdentity>;
}

/** Which processes the running `tenpanel start` has; what it leaves behind when it is killed is found here. */
export class RunRecord {
  private readonly children: Record<string, ProcessIdentity> = {};

  constructor(private readonly file: string) {}

  /** The `tenpanel start` that runs now, if any. */
  runningSupervisor(): ProcessIdentity | null {
    const recorded = this.read();
    return recorded && recorded.supervisor.pid !== process.pid && isAlive(recorded.supervisor)
      ? recorded.supervisor
      : null;
  }

  /** A child of the running supervisor, by name. */
  runningChild(name: string): ProcessIdentity | null {
    const child = this.read()?.children[name];
    return child && isAlive(child) ? child : null;
  }

  /** End the children of a supervisor that is gone: they would hold sockets and serve an older build. */
  async endLeftovers(graceMs = 10_000): Promise<string[]> {
    const recorded = this.read();
    if (!recorded || isAlive(recorded.supervisor)) return [];
    const left = Object.entries(recorded.children).filter(([, child]) => isAlive(child));
    for (const [, child] of left) signal(child, 'SIGTERM');
    const until = Date.now() + graceMs;
    while (left.some(([, child]) => isAlive(child)) && Date.now() < until) await pause(50);
    for (const [, child] of left) if (isAlive(child)) signal(child, 'SIGKILL');
    return left.map(([name]) => name);
  }

  note(name: string, pid: number): void {
    const identity = identify(pid);
    if (identity) this.children[name] = identity;
    this.write();
  }

  write(): void {
    const supervisor = identify(process.pid);
    if (!supervisor) return;
    const recorded: Recorded = { supervisor, children: this.children };
    writeFileSync(`${this.file}.part`, JSON.stringify(recorded), { mode: 0o600 });
    renameSync(`${this.file}.part`, this.file);
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }

  private read(): Recorded | null {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Recorded;
    } catch {
      return null;
    }
  }
}

function signal(child: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(child.pid, name);
  } catch {
    // It ended by itself in the meantime.
  }
}
