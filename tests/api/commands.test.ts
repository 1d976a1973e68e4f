import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ApiClient } from '@tenpanel/cli/api/client';
import { DocumentCache } from '@tenpanel/cli/api/document';
import type { CliContext } from '@tenpanel/cli/context';
import { execute } from '@tenpanel/cli/execute';
import { ExitCode } from '@tenpanel/cli/exit-codes';
import { layout } from '@tenpanel/cli/layout/layout';
import { createProgram } from '@tenpanel/cli/program';
import { memoryTerminal } from '@tenpanel/cli/testing/memory-terminal';
import type { TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFullPanel } from './full-panel.js';
import { injections, lineBreaks, neverTaken } from './hostile-values.js';

/**
 * Every verb of the API on the command line, with hostile text in each argument and option. What the API refuses is
 * tried in `hostile.test.ts`; here it is the way there and back that counts, so one of each kind is enough. The kernel
 * gives no program an argument with a NUL.
 */
const HOSTILE: Record<string, { value: string; never: boolean }> = Object.fromEntries(
  [
    [neverTaken, 'an escape'] as const,
    [neverTaken, 'a right-to-left override'] as const,
    [lineBreaks, 'a line feed'] as const,
    [injections, 'a command substitution'] as const,
    [injections, 'an option'] as const,
    [injections, 'a way up'] as const,
  ].map(([from, what]) => [what, { value: String(from[what]), never: from === neverTaken }]),
);
/** Refusals that say what to do; 1 is for what nobody has thought of. */
const TOLD: number[] = [
  ExitCode.usage,
  ExitCode.refused,
  ExitCode.notFound,
  ExitCode.conflict,
  ExitCode.validation,
];
// eslint-disable-next-line no-control-regex
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

let panel: TestPanel;
let folder: string;
let verbs: { words: string[]; command: Command }[];
let client: ApiClient;
let documents: DocumentCache;

function contextFor(terminal: ReturnType<typeof memoryTerminal>, onExit: (code: number) => void): CliContext {
  return {
    layout: layout({ uid: 1000, env: { TENPANEL_PREVIEW_DIR: folder } }),
    client,
    documents,
    terminal,
    env: {},
    confirm: async () => false,
    setExitCode: onExit,
    signal: AbortSignal.timeout(600_000),
  };
}

async function run(argv: string[]): Promise<{ code: number; text: string }> {
  const terminal = memoryTerminal(null);
  let asked = 0;
  const code = await execute(
    argv,
    contextFor(terminal, (value) => (asked = value)),
  );
  return { code: code || asked, text: [...terminal.output, ...terminal.notes].join('\n') };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenpanel-verbs-'));
  panel = await startFullPanel({ worker: false });
  client = new ApiClient({ url: panel.url, token: (panel.api as unknown as { token: string }).token });
  documents = new DocumentCache(client, join(folder, 'cache'));
  const { program } = await createProgram(
    contextFor(memoryTerminal(null), () => undefined),
    ['vhosts'],
  );
  const document = (await documents.load()) as {
    paths: Record<string, Record<string, { 'x-tenpanel-command'?: { noun: string; verb: string } }>>;
  };
  const ofRoutes = new Set(
    Object.values(document.paths)
      .flatMap((item) => Object.values(item))
      .flatMap((operation) => operation['x-tenpanel-command'] ?? [])
      .map(({ noun, verb }) => `${noun} ${verb}`),
  );
  verbs = program.commands
    .flatMap((noun) => noun.commands.map((command) => ({ words: [noun.name(), command.name()], command })))
    // Those that follow a stream end when somebody stops them.
    .filter(({ words }) => ofRoutes.has(words.join(' ')) && words[1] !== 'follow');
});
afterAll(async () => {
  await panel?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the commands of the API', () => {
  it('explain themselves', async () => {
    expect(verbs.length).toBeGreaterThan(60);
    for (const { words } of verbs) {
      const { code, text } = await run([...words, '--help']);
      expect([code, text]).toEqual([0, expect.stringContaining(`Usage: tenpanel ${words[0]}`)]);
    }
  });

  it('refuse hostile text in every argument and option, in words that cannot steer a terminal', async () => {
    const faults: string[] = [];
    for (const { words, command } of verbs) {
      const args = command.registeredArguments.map(() => '1');
      const places = [
        ...command.registeredArguments.map((argument, index) => ({
          name: argument.name(),
          fill: (value: string) => [...args.slice(0, index), value, ...args.slice(index + 1)],
        })),
        ...command.options
          .filter((option) => (option.required || option.optional) && option.long)
          .map((option) => ({
            name: option.long ?? '',
            fill: (value: string) => [...args, `${option.long}=${value}`],
          })),
      ];
      for (const { name, fill } of places) {
        for (const [what, { value, never }] of Object.entries(HOSTILE)) {
          const { code, text } = await run([...words, ...fill(value)]);
          if (code === 0 ? never : !TOLD.includes(code))
            faults.push(`${words.join(' ')} ${name}: ${what} ended with ${code}: ${text.slice(0, 120)}`);
          if (RAW.test(text))
            faults.push(`${words.join(' ')} ${name}: ${what} reaches the terminal as it is`);
        }
      }
    }
    expect(faults).toEqual([]);
  }, 600_000);
});
