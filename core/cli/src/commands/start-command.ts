import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { runDemo } from '../demo/run-demo.js';
import { readConfigFile } from '../setup/config-file.js';
import { startProgress, type Progress } from '../start/progress.js';
import { RunRecord } from '../start/run-record.js';
import type { StartedPanel } from '../start/start-panel.js';
import { productionIsActive } from '../setup/production.js';

interface Flags {
  demo?: boolean;
  adminEmail?: string;
  databaseUrl?: string;
}

export function addStart(program: Command, context: CliContext): void {
  program
    .command('start')
    .description('set up what is missing and run the whole panel in the foreground')
    .option('--demo', 'make a plan, an account and a site, and ask for its page')
    .option('--admin-email <email>', 'sign-in name of the first administrator')
    .option('--database-url <url>', 'PostgreSQL 15 or later, as a role that may create roles and databases')
    .action((flags: Flags) => start(context, flags));
}

/** Sign-in names are mail addresses; the host's own name is the best guess there is. */
export function defaultAdminEmail(): string {
  const name = hostname();
  return `admin@${name.includes('.') ? name : `${name}.local`}`.toLowerCase();
}

async function start(context: CliContext, flags: Flags): Promise<void> {
  const { layout, terminal } = context;
  const progress = startProgress(terminal);
  if (layout.preview) previewBanner(context);
  const running = new RunRecord(join(layout.supervisorDir, 'start.json')).runningSupervisor();
  if (running !== null || (!layout.preview && (await productionIsActive()))) {
    progress.say(
      running
        ? `10panel is running already (process ${running.pid})`
        : '10panel is running already, under systemd',
    );
    terminal.out(`\n  Address   ${terminal.style.bold(readConfigFile(layout)?.publicUrl ?? 'unknown')}\n`);
    if (flags.demo) await runDemo(context, progress);
    return;
  }
  const ended = untilSignal();
  const databaseUrl = flags.databaseUrl ?? context.env['DATABASE_URL'];
  // The database's client is heavy; other commands must not load it.
  const { startPanel } = await import('../start/start-panel.js');
  const panel = await startPanel(context, progress, {
    adminEmail: flags.adminEmail ?? defaultAdminEmail(),
    databaseUrl,
  });
  try {
    summary(context, panel);
    if (flags.demo) await runDemo(context, progress).catch((error: unknown) => demoFailed(progress, error));
    progress.say('running; Ctrl-C stops it');
    await ended;
    progress.say('stopping …');
  } finally {
    await panel.stop();
    progress.say('stopped');
  }
}

function demoFailed(progress: Progress, error: unknown): void {
  progress.warn(`the demo did not work: ${error instanceof Error ? error.message : String(error)}`);
  const hints =
    error !== null && typeof error === 'object' && 'hints' in error && Array.isArray(error.hints)
      ? error.hints
      : [];
  for (const hint of hints) progress.say(`  ${String(hint)}`);
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function summary({ terminal, layout }: CliContext, panel: StartedPanel): void {
  const { bold, dim, yellow } = terminal.style;
  const { email, password } = panel.admin;
  terminal.out(
    [
      '',
      `  ${bold('10panel is up')}`,
      `  Address   ${bold(panel.publicUrl)}`,
      `  Sign in   ${bold(email)}`,
      ...(password
        ? [`  Password  ${bold(password)}   ${yellow('shown only now; keep it')}`]
        : [`  Password  ${dim('as before ("tenpanel admin reset-password" makes a new one)')}`]),
      `  Logs      ${layout.logDir}`,
      '',
    ].join('\n'),
  );
}

function previewBanner({ terminal, layout }: CliContext): void {
  const { bold, yellow } = terminal.style;
  terminal.out(
    [
      '',
      yellow(
        `  ${bold('PREVIEW')}  You are not root, so nothing on this machine is changed: the panel works on a`,
      ),
      yellow(`           simulated host in ${layout.hostRoot ?? ''}. Sites do not answer.`),
      yellow('           Run it as root on a Debian, Ubuntu or RHEL-like server for the real thing.'),
      '',
    ].join('\n'),
  );
}
