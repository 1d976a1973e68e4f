import type { Role } from './manifest.js';

/** Who acts. `path` is the tenant's place in the tree: `/` for the provider, `/7/` for a reseller, `/7/31/` for its client. */
export interface Actor {
  kind: 'user' | 'token' | 'local' | 'system';
  userId: number | null;
  /** Shown in the audit log. */
  name: string;
  role: Role;
  tenantId: number;
  path: string;
  permissions: ReadonlySet<string>;
  /** Sub-users may be limited to some objects: `{vhost: [3, 4]}`. Absent kinds are not limited. */
  scope: Readonly<Record<string, readonly number[]>> | null;
  /** The person behind a login-as. */
  onBehalfOf: { userId: number; name: string } | null;
}
