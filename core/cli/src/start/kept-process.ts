import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { ExitCode } from '../exit-codes.js';
import { BackOff } from './back-off.js';
import { LogFile } from './log-file.js';

export interface ChildSpec {
  name: string;
  program: string;
  argv: string[];
  env: Record<string, string>;
  uid?: number;
  gid?: number;
  cwd: string;
  /** Handed on as descriptor 3. */
  listenFd?: number;
  logFile: string;
  /** Seconds between SIGTERM and SIGKILL. */
  stopSeconds: number;
}

export interface ChildEvents {
  started(name: string, pid: number): void;
  ended(name: string, how: string, againInMs: number | null): void;
}

/** One process that is kept running: started again with back-off, at once when it asks for it with exit status 75. */
export class KeptProcess {
  private child: ChildProcess | null = null;
  private readonly backOff = new BackOff();
  private readonly log: LogFile;
  private timer: NodeJS.Timeout | null = null;
  private stopping = false;

  constructor(
    readonly spec: ChildSpec,
    private readonly events: ChildEvents,
  ) {
    this.log = new LogFile(spec.logFile);
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  start(): void {
    if (this.stopping) return;
    const { spec } = this;
    const stdio: StdioOptions = [
      'ignore',
      'pipe',
      'pipe',
      ...(spec.listenFd === undefined ? [] : [spec.listenFd]),
    ];
    const began = Date.now();
    const child = spawn(spec.program, spec.argv, {
      cwd: spec.cwd,
      env: spec.env,
      stdio,
      // Its own process group: Ctrl-C reaches the supervisor alone, which then stops everything in order.
      detached: true,
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.log.write(chunk));
    child.on('error', (error) => this.log.write(`${error.message}\n`));
    child.on('close', (code, signal) => this.ended(child, code, signal, Date.now() - began));
    if (child.pid !== undefined) this.events.started(spec.name, child.pid);
  }

  /** SIGTERM, then SIGKILL when it takes too long. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.timer) clearTimeout(this.timer);
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), this.spec.stopSeconds * 1000);
      await gone;
      clearTimeout(late);
    }
    this.log.close();
  }

  /** Ask for a graceful end; it is started again. */
  restart(): void {
    this.child?.kill('SIGTERM');
  }

  lastWords(lines = 15): string[] {
    return this.log.tail(lines);
  }

  private ended(
    child: ChildProcess,
    code: number | null,
    signal: NodeJS.Signals | null,
    ranMs: number,
  ): void {
    if (this.child === child) this.child = null;
    const how = signal ? `was ended by ${signal}` : `ended with status ${code ?? 'unknown'}`;
    if (this.stopping) {
      this.events.ended(this.spec.name, how, null);
      return;
    }
    const wait = code === ExitCode.restart ? 0 : this.backOff.next(ranMs);
    this.events.ended(this.spec.name, how, wait);
    this.timer = setTimeout(() => this.start(), wait);
  }
}
