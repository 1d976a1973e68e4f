import { AgentError, type ConfigApplied, type ConfigChange } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { applyBatch } from './apply-batch.js';
import type { ConfigContext } from './config-context.js';
import { isSame, planChange, type ChangePlan } from './plan-change.js';
import { manifestOf } from './transaction.js';

interface Waiting {
  change: ConfigChange;
  target: ServiceTarget;
  resolve(applied: ConfigApplied): void;
  reject(error: Error): void;
}

export interface Batcher {
  /** Resolves when the batch that this change falls into has ended. */
  apply(change: ConfigChange, target: ServiceTarget): Promise<ConfigApplied>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/** How long the first change of a quiet service waits for company. */
const WINDOW_MS = 30;

/**
 * Group commit: one queue a service (and instance). What arrives within a short window, and what queued up while a
 * batch ran, shares one validation and one reload. Two changes of the same resource never share a batch.
 */
export function batcher(context: ConfigContext): Batcher {
  const queues = new Map<string, Waiting[]>();
  const running = new Map<string, Promise<void>>();
  // Files that batches under way are about to own, over all queues: absolute path -> manifest key.
  const claims = new Map<string, string>();

  const drain = async (id: string): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
    for (;;) {
      const queue = queues.get(id) ?? [];
      if (queue.length === 0) break;
      const { now, later } = firstOfEachResource(queue);
      queues.set(id, later);
      await runBatch(now, context, claims).catch((error: Error) => now.forEach((each) => each.reject(error)));
    }
    queues.delete(id);
    running.delete(id);
  };

  return {
    apply(change, target) {
      return new Promise((resolve, reject) => {
        const queue = queues.get(target.id) ?? [];
        queue.push({ change, target, resolve, reject });
        queues.set(target.id, queue);
        if (!running.has(target.id)) running.set(target.id, drain(target.id));
      });
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}

function firstOfEachResource(queue: Waiting[]): { now: Waiting[]; later: Waiting[] } {
  const seen = new Set<string>();
  const now: Waiting[] = [];
  const later: Waiting[] = [];
  for (const each of queue) {
    (seen.has(each.change.resource) ? later : now).push(each);
    seen.add(each.change.resource);
  }
  return { now, later };
}

async function runBatch(
  waiting: Waiting[],
  context: ConfigContext,
  claims: Map<string, string>,
): Promise<void> {
  const target = waiting[0]?.target;
  if (!target) return;
  await context.unfinished.settle(target.id);
  const plans = new Map<ChangePlan, Waiting>();
  for (const each of waiting) {
    try {
      const plan = await planChange(each.change, each.target, context);
      refuseStale(plan);
      refuseDrift(plan);
      claim(plan, claims);
      if (plan.adopts || !plan.steps.every(isSame)) plans.set(plan, each);
      else {
        release(plan, claims);
        each.resolve(await adopt(plan, context));
      }
    } catch (error) {
      each.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
  try {
    const outcomes =
      plans.size === 0 ? new Map<ChangePlan, number>() : await applyBatch([...plans.keys()], target, context);
    for (const [plan, each] of plans) {
      const outcome = outcomes.get(plan);
      if (typeof outcome === 'number') {
        each.resolve({
          changed: true,
          batch: outcome,
          files: plan.steps.filter((step) => !isSame(step)).length,
        });
      } else each.reject(outcome ?? new AgentError('agent.io', 'The batch ended without a result.'));
    }
  } finally {
    for (const plan of plans.keys()) release(plan, claims);
  }
}

/** The disk is as wanted already: no reload, but the generation (and files that were made by hand just so) is ours now. */
async function adopt(plan: ChangePlan, context: ConfigContext): Promise<ConfigApplied> {
  const { committed } = plan;
  const batch = committed?.batch ?? 0;
  const manifest = manifestOf(plan, batch);
  const known =
    committed?.generation === manifest.generation &&
    JSON.stringify(committed.files) === JSON.stringify(manifest.files);
  if (!known) await context.ledger.put(manifest);
  return { changed: false, batch, files: 0 };
}

function refuseStale({ committed, change }: ChangePlan): void {
  if (committed && change.generation < committed.generation) {
    throw new AgentError(
      'agent.stale',
      `${change.resource} is at generation ${committed.generation} already; ${change.generation} comes too late.`,
      {
        committed: committed.generation,
      },
    );
  }
}

function refuseDrift({ drifted, change }: ChangePlan): void {
  if (drifted.length === 0 || change.force === true) return;
  const names = drifted.map((file) => `${file.absolute} (${file.state})`).join(', ');
  throw new AgentError('agent.drift', `Changed outside the panel: ${names}. Apply with force to overwrite.`, {
    drifted,
  });
}

function claim(plan: ChangePlan, claims: Map<string, string>): void {
  for (const step of plan.steps) {
    const other = claims.get(step.absolute);
    if (other !== undefined) {
      throw new AgentError('agent.notAllowed', `${step.absolute} belongs to ${other}.`, { owner: other });
    }
  }
  for (const step of plan.steps) claims.set(step.absolute, plan.key);
}

function release(plan: ChangePlan, claims: Map<string, string>): void {
  for (const step of plan.steps) claims.delete(step.absolute);
}
