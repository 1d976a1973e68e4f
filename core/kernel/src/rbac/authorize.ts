import { PanelError, type RouteSpec } from '@tenpanel/sdk';
import type { Authenticated } from '../auth/authenticated.js';

/** Milliseconds for which a proof counts. */
export const PROOF_LIFE = 300_000;

/**
 * May they, and did they prove lately who they are?
 * @throws PanelError 403 `auth.forbidden` or `auth.stepUp`
 */
export function authorize(
  authenticated: Authenticated,
  spec: Pick<RouteSpec, 'permission' | 'stepUp'>,
  now: number,
): void {
  const { permission } = spec;
  if (permission !== 'self' && permission !== 'public' && !authenticated.actor.permissions.has(permission)) {
    throw new PanelError(
      'auth.forbidden',
      403,
      `You are not allowed to do this: it needs the permission ${permission}.`,
      { permission },
    );
  }
  if (!spec.stepUp || authenticated.stepUp) return;
  if (authenticated.by === 'apiToken') {
    throw new PanelError(
      'auth.stepUp',
      403,
      'This token may not do what asks a person for a fresh proof. Create one with stepUp.',
    );
  }
  if (now - (authenticated.provenAt ?? 0) > PROOF_LIFE) {
    throw new PanelError(
      'auth.stepUp',
      403,
      'Confirm that it is you: send your password or a code to /api/auth/step-up, then repeat this.',
    );
  }
}
