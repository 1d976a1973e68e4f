import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { show } from '../output/show.js';
import { showPlan } from '../routes/show-plan.js';
import { apiCall } from './api-call.js';

interface Plan {
  items: { absolute: string; action: string; diff: string; resource: string }[];
}

interface Queue {
  waiting: number;
  failing: number;
}

interface Change {
  id: number;
  changeId: string;
}

/** What is waiting, and the way back. */
export function addChanges(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('plan')
    .description('what would change on the server if everything were applied now, as a unified diff')
    .option(
      '--apply',
      'compare everything with the server now and apply what differs; else it happens within an hour',
    )
    .option('--json', 'as JSON')
    .action(async (flags: { apply?: boolean; json?: boolean }) => {
      if (flags.apply) return applyAll(context);
      const plan = await apiCall<Plan>(context, 'GET', '/api/plan');
      showPlan(flags.json ? plan : plan.items, terminal, flags.json ?? false);
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

/** Starts it and waits until nothing is left, with the number of what is. */
async function applyAll(context: CliContext): Promise<void> {
  const { terminal } = context;
  const { objects } = await apiCall<{ objects: number }>(context, 'POST', '/api/plan/apply');
  for (;;) {
    const { waiting, failing } = await apiCall<Queue>(context, 'GET', '/api/plan/queue');
    if (waiting === 0) {
      terminal.progress('');
      terminal.note(`${objects} objects were compared with the server.`);
      if (failing === 0) return;
      terminal.note(`${failing} could not be applied and will be tried again; "tenpanel doctor" tells why.`);
      return context.setExitCode(ExitCode.unhealthy);
    }
    terminal.progress(`${waiting} of ${objects} objects are left`);
    await delay(500, undefined, { signal: context.signal });
  }
}

/** The short number of a history row stands for the request it belongs to. */
async function changeIdOf(context: CliContext, id: string): Promise<string> {
  const page = await apiCall<{ items: Change[] }>(context, 'GET', '/api/changes', {
    query: { limit: '1', cursor: String(Number(id) + 1) },
  });
  const found = page.items.find((item) => String(item.id) === id);
  return found?.changeId ?? id;
}
