import type { Actor } from '@tenpanel/sdk';

/** Who acts when root uses the command without a running panel. */
export const commandActor: Actor = {
  kind: 'local',
  userId: null,
  name: 'root (tenpanel command)',
  role: 'admin',
  tenantId: 1,
  path: '/',
  permissions: new Set<string>(),
  scope: null,
  onBehalfOf: null,
};
