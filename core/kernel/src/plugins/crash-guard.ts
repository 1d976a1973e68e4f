import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { crashMarker } from './crash-marker.js';

const WINDOW_MS = 60_000;
const crashesSchema = z.record(
  z.string(),
  z.strictObject({ times: z.array(z.number()), skipped: z.boolean() }),
);
type Crashes = z.infer<typeof crashesSchema>;

/**
 * Remembers, over the death of the process, which plugin was being started. A plugin that takes the process down
 * twice within a minute is skipped until somebody enables it again. Files are written synchronously: the next line
 * may be the one that kills us. `process` keeps web and worker apart. Where systemd starts us, a SIGKILL from outside
 * is not held against the plugin (`process/after-stop.ts`).
 */
export class CrashGuard {
  readonly #marker: string;
  readonly #ledger: string;

  constructor(
    stateDir: string,
    process: string,
    private readonly now: () => number,
  ) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    this.#marker = crashMarker(stateDir, process);
    this.#ledger = join(stateDir, 'plugin-crashes.json');
  }

  /** Call first at a start: a marker left behind is a crash. Answers which plugins must be skipped. */
  recall(): Set<string> {
    const left = read(this.#marker)?.trim();
    this.done();
    if (left) this.record(left);
    return new Set(Object.entries(this.#load()).flatMap(([id, { skipped }]) => (skipped ? [id] : [])));
  }

  starting(pluginId: string): void {
    writeFileSync(this.#marker, pluginId, { mode: 0o600 });
  }

  /** The start is over, or somebody asked the process to end. */
  done(): void {
    rmSync(this.#marker, { force: true });
  }

  /** This plugin has taken the process down. */
  record(pluginId: string): void {
    const crashes = this.#load();
    const times = [...(crashes[pluginId]?.times ?? []), this.now()].filter(
      (time) => this.now() - time <= WINDOW_MS,
    );
    this.#save({
      ...crashes,
      [pluginId]: { times, skipped: times.length >= 2 || (crashes[pluginId]?.skipped ?? false) },
    });
  }

  forgive(pluginId: string): void {
    const { [pluginId]: forgiven, ...rest } = this.#load();
    if (forgiven) this.#save(rest);
  }

  #load(): Crashes {
    try {
      return crashesSchema.parse(JSON.parse(read(this.#ledger) ?? '{}'));
    } catch {
      // A ledger that cannot be read must not keep the panel from starting.
      return {};
    }
  }

  #save(crashes: Crashes): void {
    const temporary = `${this.#ledger}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(crashes), { mode: 0o600 });
    renameSync(temporary, this.#ledger);
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
