import type { EntityManager } from '@mikro-orm/core';
import { failpoint, type KeptFile } from '@tenpanel/protocol';
import type { AgentCall, Condition, ConfigSet, Logger, ResourceRow, Waiting } from '@tenpanel/sdk';
import { keptFiles } from '../drift/kept-files.js';
import type { KernelDatabase } from '../db/create-database.js';
import type { ResourceKind } from '../desired/resource-kind.js';
import { rememberServices, type QueuedObject, type ServiceKey } from './reconcile-queue.js';

export interface ObjectWork {
  db: KernelDatabase;
  em: EntityManager;
  agent: AgentCall;
  log: Logger;
  kind: ResourceKind;
  object: QueuedObject;
  row: ResourceRow;
}

export type Outcome =
  | { is: 'ready'; conditions: Omit<Condition, 'since'>[]; applied: ServiceKey[] }
  | { is: 'waiting'; waiting: Waiting; applied?: ServiceKey[] }
  | { is: 'removed' };

const keyOf = ({ service, instance }: ServiceKey): ServiceKey =>
  instance === undefined ? { service } : { service, instance };
const sameKey = (a: ServiceKey, b: ServiceKey) => a.service === b.service && a.instance === b.instance;
const union = (a: readonly ServiceKey[], b: readonly ServiceKey[]) =>
  [...a, ...b.filter((key) => !a.some((other) => sameKey(other, key)))].map(keyOf);

/** Said with the object as long as it lasts: the panel's own changes do not reach these files. */
function keptCondition(kept: readonly KeptFile[]): Omit<Condition, 'since'> {
  const names = kept.map(({ path }) => path).join(', ');
  return {
    type: 'Kept',
    status: 'true',
    reason: 'kept',
    message: `Left as they were changed by hand: ${names}.`,
  };
}

/** Make one row real: ready? -> render -> files -> converge. Throws what the agent or the plugin throws. */
export async function convergeObject(work: ObjectWork): Promise<Outcome> {
  const { kind, row, em, agent, log } = work;
  let applied: ServiceKey[] | null = null;
  let kept: KeptFile[] | null = null;
  const apply = async () => {
    await failpoint('worker.reconcile.render.before');
    const files = (await kind.spec.render?.(row, { em })) ?? [];
    await failpoint('worker.reconcile.render.after');
    kept = await keptOf(work);
    applied = await applyFiles(work, files, kept);
  };
  const ctx = { em, agent, log, apply };
  const wait = await kind.spec.ready?.(row, ctx);
  if (wait) return { is: 'waiting', waiting: wait };
  let conditions: Omit<Condition, 'since'>[] = [];
  await failpoint('worker.reconcile.observe.before');
  if (kind.spec.converge) conditions = (await kind.spec.converge(row, ctx)) ?? [];
  else await apply();
  await failpoint('worker.reconcile.observe.after');
  kept ??= await keptOf(work);
  if (kept.length > 0) conditions = [...conditions, keptCondition(kept)];
  return { is: 'ready', conditions, applied: applied ?? work.object.applied };
}

/** Take one row off the server: its files first, then what the plugin made beside them. */
export async function removeObject(work: ObjectWork): Promise<Outcome> {
  const { kind, row, em, agent, log, object } = work;
  for (const key of union(object.applied, kind.spec.services?.(row) ?? [])) await applySet(work, key, []);
  await failpoint('worker.reconcile.remove.before');
  const wait = await kind.spec.remove?.(row, { em, agent, log, apply: async () => undefined });
  await failpoint('worker.reconcile.remove.after');
  if (wait) return { is: 'waiting', waiting: wait };
  const others = row.finalizers.filter((name) => name !== kind.owner);
  if (others.length > 0)
    return { is: 'waiting', waiting: { waiting: `Still in use by ${others.join(', ')}.`, retryAfter: 30 } };
  return { is: 'removed' };
}

/** Hand-made files that an administrator wants left alone. */
async function keptOf({ em, kind, row }: ObjectWork): Promise<KeptFile[]> {
  const resource = `${kind.kind}/${row.id}`;
  return (await keptFiles(em, [resource])).get(resource) ?? [];
}

async function applyFiles(
  work: ObjectWork,
  sets: readonly ConfigSet[],
  keep: KeptFile[],
): Promise<ServiceKey[]> {
  const { db, object } = work;
  const wanted = sets.map(keyOf);
  if (wanted.some((key) => !object.applied.some((other) => sameKey(other, key)))) {
    const all = union(object.applied, wanted);
    await rememberServices(db.systemWriter(), object, all);
    object.applied = all;
    await failpoint('worker.reconcile.remember.after');
  }
  for (const set of sets) await applySet(work, set, set.files, keep);
  // The object has moved to another service (another PHP version): the new one answers, now clear the old one.
  for (const key of object.applied)
    if (!wanted.some((other) => sameKey(other, key))) await applySet(work, key, []);
  return wanted;
}

async function applySet(
  { agent, kind, row, object }: ObjectWork,
  key: ServiceKey,
  files: ConfigSet['files'],
  keep: KeptFile[] = [],
): Promise<void> {
  await failpoint('worker.reconcile.apply.before');
  await agent('config.apply', {
    driver: kind.owner,
    ...keyOf(key),
    resource: `${kind.kind}/${row.id}`,
    generation: row.generation,
    files,
    ...(object.overwrite ? { force: true } : {}),
    ...(keep.length > 0 ? { keep } : {}),
  });
  await failpoint('worker.reconcile.apply.after');
}
