import { z, type AgentCall, type CheckSpec, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { defineRoute } from './define-route.js';

/** A check that takes longer is itself a finding. */
const LIMIT_MS = 30_000;

const finding = z
  .strictObject({
    plugin: z.string(),
    name: z.string(),
    title: z.string(),
    state: z.enum(['ok', 'warn', 'fail']),
    message: z.string(),
    fix: z.string().optional().meta({ description: 'What to do, in plain words.' }),
    repaired: z.string().optional().meta({ description: 'What the repair did.' }),
  })
  .meta({ id: 'CheckFinding' });
type Finding = z.output<typeof finding>;

const reply = z.strictObject({ items: z.array(finding), next: z.null() });

/** What the plugins find wrong with the server, and their repairs: the second half of `tenpanel doctor`. */
export function checkRoutes(kernel: Kernel & { agentFor?: (owner: string) => AgentCall }): RouteSpec[] {
  const agentOf = (owner: string) => kernel.agentFor?.(owner) ?? kernel.agent;

  const look = async (owner: string, spec: CheckSpec): Promise<Finding> => {
    const found = await within(kernel.db.read('/', (em) => spec.run({ em, agent: agentOf(owner) }))).catch(
      (error: unknown) => {
        kernel.log.warn({ check: spec.name, err: error }, 'a check could not be made');
        return {
          state: 'fail' as const,
          message: 'The check itself could not be made; the log of the panel tells why.',
        };
      },
    );
    return { plugin: owner, name: spec.name, title: spec.title, ...found };
  };

  const lookAtAll = async (): Promise<Finding[]> => {
    const items: Finding[] = [];
    for (const { owner, spec } of kernel.registry.checks) items.push(await look(owner, spec));
    return items;
  };

  return [
    defineRoute({
      method: 'GET',
      path: '/checks',
      permission: 'server.check',
      summary: 'Look whether the server is as the plugins expect it',
      reply,
      transaction: false,
      handler: async () => ({ items: await lookAtAll(), next: null }),
    }),
    defineRoute({
      method: 'POST',
      path: '/checks/repair',
      permission: 'server.repair',
      summary: 'Repair what a plugin can repair by itself, then look again',
      reply,
      transaction: false,
      preview: false,
      handler: async (ctx) => {
        const items: Finding[] = [];
        for (const { owner, spec } of kernel.registry.checks) {
          const before = await look(owner, spec);
          if (before.state === 'ok' || !spec.repair) {
            items.push(before);
            continue;
          }
          const repair = spec.repair.bind(spec);
          const repaired = await kernel.db.transaction('/', (em) =>
            repair({ em, agent: agentOf(owner), desired: kernel.desired.for(em, ctx.actor) }),
          );
          items.push({ ...(await look(owner, spec)), repaired });
        }
        ctx.audit({ summary: `${items.filter((item) => item.repaired !== undefined).length} repaired` });
        return { items, next: null };
      },
    }),
  ];
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), LIMIT_MS);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
