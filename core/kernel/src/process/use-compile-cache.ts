import { mkdirSync, readFileSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Keep compiled code in the state folder: most of a start is compiling the same modules again. The folder belongs to the
 * panel's user like everything else there, and only processes of that user read it. Imports nothing of the panel,
 * because what is imported before it is not kept. Without the folder the start is only slower.
 */
export function useCompileCache(env: NodeJS.ProcessEnv = process.env): void {
  try {
    const file = env['TENPANEL_CONFIG'] ?? '/etc/tenpanel/tenpanel.json';
    const { stateDir } = JSON.parse(readFileSync(file, 'utf8')) as { stateDir?: unknown };
    if (typeof stateDir !== 'string') return;
    const folder = join(stateDir, 'compile-cache');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    enableCompileCache(folder);
    // Not only at the exit: a process that is killed should have helped the next one too.
    setTimeout(() => flushCompileCache(), 30_000).unref();
  } catch {
    // The configuration's own reader says what is wrong with it.
  }
}
