import { AgentError } from '@tenpanel/protocol';
import { join } from 'node:path';
import type { ServiceTarget } from '../drivers/resolve.js';
import { batchWrites } from './batch-writes.js';
import type { ConfigContext } from './config-context.js';
import type { ChangePlan } from './plan-change.js';
import { transact } from './transaction.js';
import { validateStaged } from './validate-batch.js';

/** What became of each change: the number of its batch, or why it was set aside. */
export type Outcomes = Map<ChangePlan, number | Error>;

/**
 * Apply changes of one service together. When the whole does not validate, or the service does not take it, halves
 * are tried: the guilty are set aside with the reason, the others go on. k guilty among n cost about 2k·log2(n) tries.
 */
export async function applyBatch(
  items: readonly ChangePlan[],
  target: ServiceTarget,
  context: ConfigContext,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  let good = [...items];
  if (context.sandboxed && !context.paths.simulated && target.spec.validators.length > 0) {
    good = await findValid(good, (set) => tryValid(set, target, context), outcomes);
    if (good.length === 0) await blameWhatWasThere(items, target, context, outcomes);
  }
  if (good.length > 0) await settle(good, target, context, outcomes);
  return outcomes;
}

type Trial = (set: readonly ChangePlan[]) => Promise<Error | null>;

/**
 * Validators name the file they stumble over. As long as the words name files of some changes, those are put aside
 * and the rest is tried again; the named ones are then judged on top of it. Only words that name nothing cost a
 * bisection.
 */
async function findValid(items: ChangePlan[], trial: Trial, outcomes: Outcomes): Promise<ChangePlan[]> {
  const suspects: ChangePlan[] = [];
  let rest = items;
  let fault = await trial(rest);
  while (fault !== null) {
    const words = fault.message;
    const named = rest.filter((item) => item.steps.some((step) => words.includes(step.absolute)));
    if (named.length === 0 || named.length === rest.length) break;
    suspects.push(...named);
    rest = rest.filter((item) => !named.includes(item));
    fault = await trial(rest);
  }
  const good = await sift([], rest, trial, outcomes, fault);
  return suspects.length === 0 ? good : [...good, ...(await sift(good, suspects, trial, outcomes))];
}

/** The largest part of `items` found that is valid on top of `base`; the others get their reason in `outcomes`. */
async function sift(
  base: ChangePlan[],
  items: ChangePlan[],
  trial: Trial,
  outcomes: Outcomes,
  known?: Error | null,
): Promise<ChangePlan[]> {
  const fault = known === undefined ? await trial([...base, ...items]) : known;
  if (fault === null) return items;
  const [only] = items;
  if (items.length === 1 && only) {
    outcomes.set(only, fault);
    return [];
  }
  const half = Math.ceil(items.length / 2);
  const left = await sift(base, items.slice(0, half), trial, outcomes);
  const right = await sift([...base, ...left], items.slice(half), trial, outcomes);
  return [...left, ...right];
}

async function tryValid(
  set: readonly ChangePlan[],
  target: ServiceTarget,
  context: ConfigContext,
): Promise<Error | null> {
  const batch = context.nextBatch();
  const writes = await batchWrites(set, target, batch, context);
  try {
    await validateStaged(target, batch, writes, join(context.state, 'stage'));
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** When nothing at all was valid, the fault may be in what stood there before: say so instead of blaming the changes. */
async function blameWhatWasThere(
  items: readonly ChangePlan[],
  target: ServiceTarget,
  context: ConfigContext,
  outcomes: Outcomes,
): Promise<void> {
  const fault = await tryValid([], target, context);
  if (!(fault instanceof AgentError) || fault.code !== 'agent.invalidConfig') return;
  for (const item of items) {
    outcomes.set(
      item,
      new AgentError(
        'agent.invalidConfig',
        `The configuration on the server was invalid before this change: ${fault.message}`,
        {
          ...fault.details,
          before: true,
        },
      ),
    );
  }
}

/** Apply together; on failure apart. Each part is a transaction of its own. */
async function settle(
  items: ChangePlan[],
  target: ServiceTarget,
  context: ConfigContext,
  outcomes: Outcomes,
): Promise<void> {
  try {
    const batch = await transact(items, target, context);
    for (const item of items) outcomes.set(item, batch);
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error));
    const [only] = items;
    if (items.length === 1 && only) return void outcomes.set(only, fault);
    // Nothing may be tried on top of files that could not be put back.
    if (context.unfinished.has(target.id)) return items.forEach((item) => void outcomes.set(item, fault));
    const half = Math.ceil(items.length / 2);
    await settle(items.slice(0, half), target, context, outcomes);
    await settle(items.slice(half), target, context, outcomes);
  }
}
