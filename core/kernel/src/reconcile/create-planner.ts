import type { EntityManager } from '@mikro-orm/core';
import type { ConfigPlan, KeptFile } from '@tenpanel/protocol';
import type { AgentCall, ConfigSet, ResourceRow } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { sql } from '../db/sql.js';
import { keptFiles } from '../drift/kept-files.js';
import { resourceKind, type ResourceKind } from '../desired/resource-kind.js';
import type { ServiceKey } from './reconcile-queue.js';

export interface ResourcePlan extends ConfigPlan {
  /** `<kind>/<id>` */
  resource: string;
  service: string;
  instance?: string;
}

export interface Planner {
  /** What these rows, as they are in the caller's transaction, would change on the server. Nothing is changed. */
  planFor(
    em: EntityManager,
    kind: string,
    ids: readonly number[],
    /** `keep: false`: as if nobody had asked for hand-made files to be kept. */
    options?: { keep?: boolean },
  ): Promise<ResourcePlan[]>;
  /** The same for every row of every kind that the transaction may see (`tenpanel plan`). */
  planAll(em: EntityManager): Promise<ResourcePlan[]>;
}

const PAGE = 200;

/** Preview, plan and drift come from the same `render` that apply uses. */
export function createPlanner(options: {
  registry: Pick<Registry, 'reconcilers'>;
  agentFor: (owner: string) => AgentCall;
}): Planner {
  const planFor = async (
    em: EntityManager,
    kindName: string,
    ids: readonly number[],
    { keep = true }: { keep?: boolean } = {},
  ) => {
    const kind = resourceKind(options.registry, em, kindName);
    await em.flush();
    const rows = (await em.find(kind.spec.entity as never, { id: { $in: [...ids] } } as never, {
      orderBy: { id: 'asc' } as never,
    })) as ResourceRow[];
    const applied = await appliedServices(em, kindName, ids);
    const kept = keep
      ? await keptFiles(
          em,
          ids.map((id) => `${kindName}/${id}`),
        )
      : new Map<string, KeptFile[]>();
    const plans: ResourcePlan[] = [];
    for (const row of rows)
      plans.push(
        ...(await planRow(em, kind, row, applied.get(row.id) ?? [], kept.get(`${kindName}/${row.id}`))),
      );
    return plans;
  };

  const planRow = async (
    em: EntityManager,
    kind: ResourceKind,
    row: ResourceRow,
    applied: ServiceKey[],
    keep: KeptFile[] | undefined,
  ) => {
    const sets: ConfigSet[] = row.deletedAt ? [] : ((await kind.spec.render?.(row, { em })) ?? []);
    const cleared = [...applied, ...(row.deletedAt ? (kind.spec.services?.(row) ?? []) : [])];
    for (const key of cleared)
      if (!sets.some((set) => set.service === key.service && set.instance === key.instance))
        sets.push({ ...key, files: [] });
    const agent = options.agentFor(kind.owner);
    const resource = `${kind.kind}/${row.id}`;
    return Promise.all(
      sets.map(async (set): Promise<ResourcePlan> => {
        const place =
          set.instance === undefined
            ? { service: set.service }
            : { service: set.service, instance: set.instance };
        return {
          resource,
          ...place,
          ...(await agent('config.plan', {
            driver: kind.owner,
            ...place,
            resource,
            generation: row.generation,
            files: set.files,
            ...(keep && !row.deletedAt ? { keep } : {}),
          })),
        };
      }),
    );
  };

  return {
    planFor,
    async planAll(em) {
      const plans: ResourcePlan[] = [];
      for (const kind of options.registry.reconcilers.keys()) {
        const { table } = resourceKind(options.registry, em, kind);
        for (let last = 0; ;) {
          const ids = await sql<{ id: number }>(
            em,
            `select id from ${table} where id > $1 order by id limit ${PAGE}`,
            [last],
          );
          plans.push(
            ...(await planFor(
              em,
              kind,
              ids.map(({ id }) => id),
            )),
          );
          if (ids.length < PAGE) break;
          last = ids.at(-1)?.id ?? 0;
        }
      }
      return plans;
    },
  };
}

async function appliedServices(
  em: EntityManager,
  kind: string,
  ids: readonly number[],
): Promise<Map<number, ServiceKey[]>> {
  const rows = await sql<{ id: number; applied: ServiceKey[] }>(
    em,
    'select object_id as id, applied from kernel.reconcile_queue where kind = $1 and object_id = any($2::int[])',
    [kind, [...ids]],
  );
  return new Map(rows.map(({ id, applied }) => [id, applied]));
}
