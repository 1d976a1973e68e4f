import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { runOffline } from '../offline/run-offline.js';
import { show } from '../output/show.js';
import { requireRoot } from './require-root.js';

export function addAdmin(program: Command, context: CliContext): void {
  const admin = program.command('admin').description('administrators, without signing in').helpCommand(false);
  admin
    .command('reset-password [email]')
    .description(
      'a new generated password, shown once; all sessions end. Without an email: the first administrator',
    )
    .option('--without-totp', 'remove the second factor as well (a lost phone)')
    .option('--json', 'as JSON')
    .action(async (email: string | undefined, flags: { withoutTotp?: boolean; json?: boolean }) => {
      requireRoot(context);
      const answer = await runOffline(context.layout, 'reset-password', {
        email: email ?? null,
        withoutTotp: flags.withoutTotp ?? false,
      });
      show(answer, context.terminal, flags.json ?? false);
    });
}
