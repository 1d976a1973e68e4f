import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { show } from '../output/show.js';
import { showPlan } from '../routes/show-plan.js';
import { apiCall } from './api-call.js';

interface Plan {
  items: { absolute: string; action: string; diff: string; resource: string }[];
  drifted: { resource: string; absolute: string; state: string }[];
}

interface Change {
  id: number;
  changeId: string;
}

/** What is waiting, what was changed by hand, and the way back. */
export function addChanges(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('plan')
    .description('what would change on the server if everything were applied now, as a unified diff')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: boolean }) => {
      const plan = await apiCall<Plan>(context, 'GET', '/api/plan');
      showPlan(flags.json ? plan : plan.items, terminal, flags.json ?? false);
      if (!flags.json && plan.drifted.length > 0)
        terminal.note(`${plan.drifted.length} files were changed by hand: tenpanel drift`);
    });
  program
    .command('drift')
    .description(
      'files of the panel that somebody has changed by hand; the exit status is 9 when there are any',
    )
    .option(
      '--restore <resource>',
      'put the files of this resource back, for example vhost/12; what stands in them is lost',
    )
    .option('--json', 'as JSON')
    .action(async (flags: { json?: boolean; restore?: string }) => {
      if (flags.restore !== undefined) {
        await apiCall(context, 'POST', '/api/drift/restore', { body: { resource: flags.restore } });
        terminal.note(`The files of ${flags.restore} are put back.`);
        return;
      }
      const { drifted } = await apiCall<Plan>(context, 'GET', '/api/plan');
      show(drifted, terminal, flags.json ?? false);
      if (drifted.length > 0) context.setExitCode(ExitCode.unhealthy);
    });
  program
    .command('undo <change>')
    .description('take back what one request has changed; <change> is an id from "tenpanel changes list"')
    .option('--dry-run', 'show what would change on the server, and change nothing')
    .option('--json', 'as JSON')
    .action(async (change: string, flags: { dryRun?: boolean; json?: boolean }) => {
      const id = /^\d+$/.test(change) ? await changeIdOf(context, change) : change;
      const body = await apiCall(
        context,
        'POST',
        `/api/changes/${encodeURIComponent(id)}/undo`,
        flags.dryRun ? { query: { dryRun: 'true' } } : {},
      );
      if (flags.dryRun) showPlan(body, terminal, flags.json ?? false);
      else show(body, terminal, flags.json ?? false);
    });
}

/** The short number of a history row stands for the request it belongs to. */
async function changeIdOf(context: CliContext, id: string): Promise<string> {
  const page = await apiCall<{ items: Change[] }>(context, 'GET', '/api/changes', {
    query: { limit: '1', cursor: String(Number(id) + 1) },
  });
  const found = page.items.find((item) => String(item.id) === id);
  return found?.changeId ?? id;
}
