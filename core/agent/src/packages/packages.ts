import { readFile as readPlain, unlink, writeFile as writePlain } from 'node:fs/promises';
import { AgentError, type RepositorySource } from '@tenpanel/protocol';
import { readFile } from '../files/read-file.js';
import { removeFile } from '../files/remove-file.js';
import { writeFile } from '../files/write-file.js';
import type { OsProfile } from '../os/profile.js';
import { mustRun } from '../process/must-run.js';
import { run, type RunResult } from '../process/run.js';

export interface Packages {
  status(packages: readonly string[]): Promise<{ missing: string[]; installed: string[] }>;
  /** Install what is missing without starting services. Returns what was installed now. */
  install(packages: readonly string[], onLine?: (line: string) => void): Promise<string[]>;
  repository(source: RepositorySource, enabled: boolean): Promise<{ changed: boolean }>;
  /** Take away what a killed agent may have left of an installation. */
  cleanUp(): Promise<void>;
}

/** One installation at a time: the package manager has one lock. */
export function packages(profile: OsProfile): Packages {
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const status = async (names: readonly string[]): Promise<{ missing: string[]; installed: string[] }> => {
    if (names.length === 0) return { missing: [], installed: [] };
    const call = profile.query(names);
    const { stdout } = await run(call.program, call.argv, { timeout: 60 }); // exit code 1: some are unknown
    const there = new Set(
      stdout.split('\n').flatMap((line) => {
        const [name = '', state = ''] = line.split('\t');
        return profile.isInstalled(state) ? [name] : [];
      }),
    );
    return {
      missing: names.filter((name) => !there.has(name)),
      installed: names.filter((name) => there.has(name)),
    };
  };

  const withoutStarts = async <T>(work: () => Promise<T>): Promise<T> => {
    const policy = profile.startPolicy;
    if (policy === null) return await work();
    // A policy of the administrator's own is respected: `wx` refuses to replace it.
    const ours = await writePlain(policy.path, policy.content, { mode: 0o755, flag: 'wx' }).then(
      () => true,
      () => false,
    );
    try {
      return await work();
    } finally {
      if (ours) await unlink(policy.path).catch(() => undefined);
    }
  };

  const attempt = async (
    names: readonly string[],
    onLine: ((line: string) => void) | undefined,
  ): Promise<RunResult> => {
    const call = profile.install(names);
    return await run(call.program, call.argv, {
      timeout: 1800,
      env: call.env ?? {},
      ...(onLine ? { onLine } : {}),
    });
  };

  return {
    status,
    install: (names, onLine) =>
      alone(async () => {
        const { missing } = await status(names);
        if (missing.length === 0) return [];
        await withoutStarts(async () => {
          let result = await attempt(missing, onLine);
          if (result.exitCode !== 0 && profile.refresh) {
            // The lists may be missing or old: fetch them and try once more.
            onLine?.('Fetching the lists of packages');
            const { program, argv, env } = profile.refresh;
            await mustRun(program, argv, {
              timeout: 600,
              env: env ?? {},
              ...(onLine ? { onLine } : {}),
            });
            result = await attempt(missing, onLine);
          }
          if (result.exitCode === 0) return;
          const words = (result.stderr.trim() || result.stdout.trim()).slice(-2000);
          throw new AgentError(
            'agent.programFailed',
            `The packages ${missing.join(', ')} could not be installed: ${words}`,
            { packages: missing },
          );
        });
        return missing;
      }),
    repository: (source, enabled) =>
      alone(async () => {
        const path = `${profile.repository.folder}/${source.file}`;
        const current = await readFile(path);
        if (!enabled) {
          if (current !== null) await removeFile(path, profile.repository.folder);
          return { changed: current !== null };
        }
        if (current?.toString('utf8') === source.content) return { changed: false };
        const key = profile.repository.fetchKey(
          source.keyUrl,
          `${profile.repository.keyFolder}/${source.keyFile}`,
        );
        await mustRun(key.program, key.argv, { timeout: 120 });
        await writeFile(path, source.content, { mode: 0o644 });
        if (profile.refresh)
          await mustRun(profile.refresh.program, profile.refresh.argv, {
            timeout: 600,
            env: profile.refresh.env ?? {},
          });
        return { changed: true };
      }),
    async cleanUp() {
      const policy = profile.startPolicy;
      if (policy === null) return;
      const left = await readPlain(policy.path, 'utf8').catch(() => null);
      if (left === policy.content) await unlink(policy.path);
    },
  };
}
