import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { productionIsActive } from '../setup/production.js';
import { startProgress } from '../start/progress.js';
import { addPhpRepository } from '../setup/php-repository.js';
import { defaultAdminEmail } from './start-command.js';
import { requireRoot } from './require-root.js';
import { show } from '../output/show.js';

interface Flags {
  production?: boolean;
  adminEmail?: string;
  databaseUrl?: string;
  redisUrl?: string;
  phpRepository?: boolean;
  json?: boolean;
}

export function addSetup(program: Command, context: CliContext): void {
  program
    .command('setup')
    .description(
      'set everything up and stop again; with --production as system services. Repeat it at any time',
    )
    .option('--production', 'write and start hardened systemd units')
    .option('--admin-email <email>', 'sign-in name of the first administrator')
    .option(
      '--database-url <url>',
      'an existing PostgreSQL 15 or later, as a role that may create roles and databases',
    )
    .option('--redis-url <url>', 'an existing Redis, for several web processes')
    .option(
      '--php-repository',
      'add the repository with further PHP versions (Sury on Debian/Ubuntu, Remi on RHEL)',
    )
    .option('--yes', 'accepted for scripts: setup asks nothing')
    .option('--json', 'the outcome as JSON')
    .action((flags: Flags) => setup(context, flags));
}

async function setup(context: CliContext, flags: Flags): Promise<void> {
  requireRoot(context);
  const progress = startProgress(context.terminal);
  const options = {
    adminEmail: flags.adminEmail ?? defaultAdminEmail(),
    databaseUrl: flags.databaseUrl ?? context.env['DATABASE_URL'],
    redisUrl: flags.redisUrl ?? context.env['REDIS_URL'],
  };
  if (flags.production) {
    if (context.layout.preview) throw new CliError('--production needs root.', ExitCode.refused);
    const { setupProduction } = await import('../setup/setup-production.js');
    const admin = await setupProduction(context, progress, options);
    if (flags.phpRepository) await addPhpRepository(context, progress);
    return show(
      { ...admin, units: 'tenpanel.target', logs: 'journalctl -u "tenpanel-*"' },
      context.terminal,
      flags.json ?? false,
    );
  }
  if (!context.layout.preview && (await productionIsActive())) {
    throw new CliError('The panel runs under systemd on this server.', ExitCode.usage, [
      'Use "tenpanel setup --production".',
    ]);
  }
  const { startPanel } = await import('../start/start-panel.js');
  const panel = await startPanel(context, progress, options);
  try {
    if (flags.phpRepository) await addPhpRepository(context, progress);
    show(
      {
        address: panel.publicUrl,
        ...panel.admin,
        logs: context.layout.logDir,
        next: 'tenpanel start, or tenpanel setup --production',
      },
      context.terminal,
      flags.json ?? false,
    );
  } finally {
    await panel.stop();
  }
}
