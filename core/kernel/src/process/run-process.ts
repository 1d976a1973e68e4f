import { fileURLToPath } from 'node:url';
import { createKernel } from '../boot/create-kernel.js';
import { createLog } from '../boot/create-log.js';
import { loadConfig } from '../boot/load-config.js';
import type { RunningKernel } from '../boot/running-kernel.js';
import { CrashGuard } from '../plugins/crash-guard.js';

/** sysexits(3) EX_TEMPFAIL: whoever supervises us starts us again at once. */
export const RESTART = 75;
const STOP_LIMIT_MS = 40_000;

/**
 * The frame of a panel process: configuration, kernel, `serve`, then wait for SIGTERM or for a changed set of plugins.
 * Ends with status 0, with 75 when it wants to be started again, or with 1 and the reason on stderr.
 */
export async function runProcess(
  name: 'web' | 'worker',
  serve: (kernel: RunningKernel) => Promise<{ stop(how?: { restarting?: boolean }): Promise<void> }>,
): Promise<void> {
  const log = createLog(`tenpanel-${name}`, process.env['LOG_LEVEL']);
  const ending = endSignal();
  let kernel: RunningKernel | undefined;
  try {
    const config = await loadConfig();
    const guard = new CrashGuard(config.stateDir, name, Date.now);
    // A plugin that is being started did not crash us when somebody asked us to end.
    ending.early(() => {
      guard.done();
      if (!kernel) process.exit(0);
    });
    process.on('unhandledRejection', (error) => {
      log.error(
        { err: error, plugin: kernel && guiltyPlugin(kernel, error) },
        'a promise was rejected and nobody looked',
      );
    });
    process.on('uncaughtException', (error) => {
      const guilty = kernel && guiltyPlugin(kernel, error);
      log.error({ err: error, plugin: guilty }, 'the process ends after an error that nobody caught');
      if (guilty) guard.record(guilty);
      process.exit(1);
    });
    // Where Node itself is told to take sources (tests), plugins are taken from theirs too.
    const conditions = process.execArgv.includes('--conditions=source') ? ['source'] : [];
    kernel = await createKernel(config, { log, process: name, conditions });
    const running = await serve(kernel);
    await kernel.onRestartWanted(() => ending.end(RESTART));
    log.info({ pid: process.pid }, `${name} is up`);
    const status = await ending.ended;
    log.info({ status }, `${name} is stopping`);
    setTimeout(() => process.exit(status), STOP_LIMIT_MS).unref();
    await running.stop({ restarting: status === RESTART });
    await kernel.close();
    process.exit(status);
  } catch (error) {
    log.error({ err: error }, `${name} cannot run`);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function endSignal(): { ended: Promise<number>; end(status: number): void; early(call: () => void): void } {
  let end: (status: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  let early: () => void = () => undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      early();
      end(0);
    });
  }
  return { ended, end: (status) => end(status), early: (call) => (early = call) };
}

/** Whose folder does the deepest frame of the stack lie in? */
function guiltyPlugin(kernel: RunningKernel, error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = [...stack.matchAll(/file:\/\/[^\s)]+/g)].map(([url]) =>
    fileURLToPath(url.replace(/(:\d+)+$/, '')),
  );
  for (const frame of frames) {
    for (const [id, { dir }] of kernel.registry.plugins) if (frame.startsWith(`${dir}/`)) return id;
  }
  return undefined;
}
