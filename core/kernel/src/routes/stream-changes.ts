import { query, z, type Actor } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { EventStream } from '../http/event-stream.js';
import { objectKinds } from '../http/object-kinds.js';
import { inScope } from '../rbac/scope.js';
import { RESOURCE_CHANNEL } from '../reconcile/write-outcome.js';

const payloadSchema = z.object({
  kind: z.string(),
  id: z.number().int(),
  generation: z.number().int(),
  status: z.string(),
});
type Payload = z.infer<typeof payloadSchema>;

/** Resource changes of this actor's tenants, as they are committed. */
export async function streamChanges(
  kernel: Kernel,
  actor: Actor,
  endsAt: number | null,
): Promise<EventStream> {
  const stream = new EventStream(endsAt, kernel.now());
  const permissionOf = readPermissions(kernel);
  let queue = Promise.resolve();

  const tell = async (change: Payload): Promise<void> => {
    const permission = permissionOf.get(change.kind);
    if (
      permission === undefined ||
      !actor.permissions.has(permission) ||
      !inScope(actor.scope, change.kind, change.id)
    )
      return;
    if (actor.path !== '/' && !(await visible(kernel, actor.path, change))) return;
    stream.send({ event: 'resource', data: change });
  };
  const stop = await kernel.db.listen(RESOURCE_CHANNEL, (text) => {
    if (!stream.open) return;
    const parsed = payloadSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return;
    queue = queue
      .then(() => tell(parsed.data))
      .catch((error: unknown) => {
        kernel.log.warn({ err: error }, 'a change could not be told');
        stream.destroy();
      });
  });
  stream.whenClosed(() => void stop());
  stream.send({ event: 'ready', data: {} });
  return stream;
}

/** The permission that opens a kind: the one of the route that shows it. */
function readPermissions(kernel: Kernel): Map<string, string> {
  const found = new Map<string, string>();
  for (const { spec } of kernel.registry.routes) {
    if (spec.method !== 'GET' || !spec.path.endsWith('}')) continue;
    const kind = objectKinds(spec.path, kernel.registry).at(-1)?.kind;
    if (kind !== undefined && !found.has(kind)) found.set(kind, spec.permission);
  }
  return found;
}

/** The history is under row-level security and outlives the object, so it also tells of deleted ones. */
async function visible(kernel: Kernel, path: string, { kind, id }: Payload): Promise<boolean> {
  const rows = await kernel.db.read(path, (em) =>
    query(em, 'select 1 as one from kernel.resource_history where kind = ? and object_id = ? limit 1', [
      kind,
      id,
    ]),
  );
  return rows.length > 0;
}
