import { defineEntity, p } from '@mikro-orm/core';
import type { Role } from '@tenpanel/sdk';

/** Objects a sub-user or token is limited to, by kind. */
export type Scope = Record<string, number[]>;

/** A person who can sign in; several may belong to one tenant. */
export const UserEntity = defineEntity({
  name: 'User',
  schema: 'kernel',
  tableName: 'users',
  properties: {
    id: p.integer().primary(),
    tenantId: p.integer(),
    /** Lower case; what people sign in with. */
    email: p.string(),
    name: p.string(),
    role: p.string().$type<Role>(),
    passwordHash: p.string().hidden(),
    /** Raised by everything that must end access tokens at once. */
    tokenVersion: p.integer().default(1),
    /** null: everything that the role may. */
    permissions: p.json<string[]>().nullable(),
    scope: p.json<Scope>().nullable(),
    language: p.string().nullable(),
    disabledAt: p.datetime().nullable(),
    totpSecret: p.string().nullable().hidden(),
    totpConfirmedAt: p.datetime().nullable(),
    lastLoginAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
