import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { Layout } from '../layout/layout.js';
import { readPanelUser } from '../setup/panel-user.js';
import type { OfflineActs, OfflineName } from './offline-acts.js';

const LIMIT_MS = 120_000;

/**
 * Do an act in a child process with the panel's own uid: plugin code and files of the panel's user are never touched by
 * root. Needs the database, and neither web nor worker.
 */
export async function runOffline<N extends OfflineName>(
  layout: Layout,
  name: N,
  input: OfflineActs[N]['input'],
): Promise<OfflineActs[N]['answer']> {
  const user = layout.preview ? null : readPanelUser();
  const { code, out, err } = await new Promise<{ code: number | null; out: string; err: string }>(
    (resolve, reject) => {
      const child = spawn(layout.node, [join(layout.app, 'core/cli/dist/process/offline.js')], {
        cwd: '/',
        env: { TENPANEL_CONFIG: layout.configFile, NODE_ENV: 'production' },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: LIMIT_MS,
        ...(user ?? {}),
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-8000)));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
      child.stdin.end(JSON.stringify({ name, input }));
    },
  );
  const answer = parse(out);
  if (code === 0 && answer && 'answer' in answer) return answer.answer as OfflineActs[N]['answer'];
  const words =
    answer && 'error' in answer ? String(answer.error) : err.trim().split('\n').slice(-8).join('\n');
  throw new CliError(words || `The helper process ended with status ${code}.`, ExitCode.unexpected, [
    '"tenpanel doctor" looks at the database and the configuration.',
  ]);
}

/** The last line of the output; what plugins print before it does not matter. */
function parse(out: string): Record<string, unknown> | null {
  try {
    return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  } catch {
    return null;
  }
}
