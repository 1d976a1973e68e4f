import { defineEntity, p } from '@mikro-orm/core';
import type { Scope } from './user-entity.js';

/** A key for programs. Its text is shown once; only the hash is kept. */
export const ApiTokenEntity = defineEntity({
  name: 'ApiToken',
  schema: 'kernel',
  tableName: 'api_tokens',
  properties: {
    id: p.integer().primary(),
    tenantId: p.integer(),
    userId: p.integer(),
    name: p.string(),
    hash: p.string().hidden(),
    permissions: p.json<string[]>(),
    scope: p.json<Scope>().nullable(),
    /** Networks it may be used from; null: any. */
    addresses: p.json<string[]>().nullable(),
    /** May do what asks a person for a fresh proof. */
    stepUp: p.boolean().default(false),
    expiresAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
