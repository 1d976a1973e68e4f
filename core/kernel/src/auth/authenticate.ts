import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { PanelError, query, type Actor } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { localActor } from '../rbac/local-actor.js';
import { intersectScopes } from '../rbac/scope.js';
import { permissionsOf } from '../rbac/permissions-of.js';
import { verifyAccessToken } from './access-token.js';
import type { Authenticated } from './authenticated.js';
import { hashToken } from './hash-token.js';
import type { JwtKeys } from './jwt-keys.js';
import { identityBySession, identityByToken } from './load-identity.js';

/**
 * Who sends this request: the local socket, a bearer token (access or API); null when nothing of the kind
 * is there. Cookies never authenticate a request: a browser's cookie only renews its access token.
 * @throws PanelError 401 when something is there but not (or no longer) valid
 */
export async function authenticate(
  kernel: Kernel,
  keys: JwtKeys,
  request: IncomingMessage,
  origin: { address: string; local: boolean },
): Promise<Authenticated | null> {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(header)?.[1];
    if (!token) throw unauthorized();
    return token.startsWith('tpk_')
      ? byApiToken(kernel, token, origin.address)
      : byAccessToken(kernel, keys, token);
  }
  if (origin.local) {
    return {
      actor: localActor(kernel.registry),
      by: 'local',
      sessionId: null,
      tokenId: null,
      provenAt: null,
      stepUp: true,
      language: null,
      expiresAt: null,
    };
  }
  return null;
}

async function byAccessToken(kernel: Kernel, keys: JwtKeys, token: string): Promise<Authenticated> {
  const now = kernel.now();
  const claims = verifyAccessToken(keys, token, now);
  if (!claims) throw unauthorized();
  const row = await identityBySession(kernel.db.systemReader(), claims.sessionId, claims.userId, now);
  if (!row || row.token_version !== claims.version) throw unauthorized();
  const behind = row.on_behalf_of;
  const actor: Actor = {
    kind: 'user',
    userId: row.user_id,
    name: row.email,
    role: row.role,
    tenantId: row.tenant_id,
    path: row.path,
    permissions: permissionsOf(kernel.registry, row.role, row.permissions),
    scope: row.scope,
    onBehalfOf: behind ? { userId: behind.userId, name: behind.name } : null,
  };
  return {
    actor,
    by: 'session',
    sessionId: claims.sessionId,
    tokenId: null,
    provenAt: row.proven_at ? new Date(row.proven_at).getTime() : 0,
    stepUp: false,
    language: row.language,
    expiresAt: claims.expiresAt * 1000,
  };
}

async function byApiToken(kernel: Kernel, token: string, address: string): Promise<Authenticated> {
  const now = kernel.now();
  const row = await identityByToken(kernel.db.systemReader(), hashToken(token), now);
  if (!row || !addressAllowed(row.addresses, address)) throw unauthorized();
  if (!row.last_used_at || now - new Date(row.last_used_at).getTime() > 60_000) {
    await kernel.db.transaction('/', (em) =>
      query(em, 'update kernel.api_tokens set last_used_at = ? where id = ?', [new Date(now), row.token_id]),
    );
  }
  const owner = permissionsOf(kernel.registry, row.role, row.permissions);
  const actor: Actor = {
    kind: 'token',
    userId: row.user_id,
    name: `${row.email} (${row.token_name})`,
    role: row.role,
    tenantId: row.tenant_id,
    path: row.path,
    // What the owner has lost, the token has lost as well.
    permissions: new Set(row.token_permissions.filter((permission) => owner.has(permission))),
    scope: intersectScopes(row.scope, row.token_scope),
    onBehalfOf: null,
  };
  return {
    actor,
    by: 'apiToken',
    sessionId: null,
    tokenId: row.token_id,
    provenAt: null,
    stepUp: row.step_up,
    language: row.language,
    expiresAt: new Date(row.expires_at).getTime(),
  };
}

function addressAllowed(networks: string[] | null, address: string): boolean {
  if (networks === null) return true;
  if (!ipaddr.isValid(address)) return false;
  const from = ipaddr.process(address);
  return networks.some((network) => {
    const [net, bits] = ipaddr.parseCIDR(network);
    return net.kind() === from.kind() && from.match(net, bits);
  });
}

function unauthorized(): PanelError {
  return new PanelError(
    'auth.unauthorized',
    401,
    'Sign in first: the token or session is missing, wrong or has ended.',
  );
}
