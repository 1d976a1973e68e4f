import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor, PanelError } from '@tenpanel/sdk';
import type { AuditInput, Kernel } from '../contracts.js';
import type { AuditNote } from './audit-note.js';
import type { LoadedRoute } from './loaded-route.js';

interface Audited {
  actor: Actor;
  requestId: string;
  path: string;
  http: { address: string };
}

/** The audit row of a change, in the transaction of the change. */
export async function auditOk(
  kernel: Kernel,
  em: EntityManager,
  route: LoadedRoute,
  request: Audited,
  note: AuditNote,
): Promise<void> {
  await kernel.audit.write(em, entryOf(route, request, note, 'ok'));
}

/** The audit row of a change that was refused or failed, in a transaction of its own. */
export async function auditRefused(
  kernel: Kernel,
  route: LoadedRoute,
  request: Audited,
  error: PanelError,
): Promise<void> {
  const outcome = error.status === 401 || error.status === 403 ? 'denied' : 'failed';
  await kernel.db.transaction('/', (em) =>
    kernel.audit.write(
      em,
      entryOf(route, request, { details: { code: error.code, status: error.status } }, outcome),
    ),
  );
}

function entryOf(
  route: LoadedRoute,
  request: Audited,
  note: AuditNote,
  outcome: AuditInput['outcome'],
): AuditInput {
  return {
    actor: request.actor,
    action: `${route.spec.method} ${route.spec.path}`,
    object: note.object ?? request.path.replace(/^\/api\//, ''),
    summary: note.summary ?? route.spec.summary,
    details: note.details,
    outcome,
    requestId: request.requestId,
    address: request.http.address,
  };
}
