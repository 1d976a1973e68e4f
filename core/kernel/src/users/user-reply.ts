import type { InferEntity } from '@mikro-orm/core';
import { roles, z } from '@tenpanel/sdk';
import type { UserEntity } from '../auth/user-entity.js';

export type User = InferEntity<typeof UserEntity>;

export const scopeSchema = z
  .record(z.string().regex(/^[a-z][a-zA-Z0-9]{0,40}$/), z.array(z.number().int().positive()).max(1000))
  .meta({
    description: 'Objects by kind, for example {"vhost": [3, 4]}. Kinds that are not named are not limited.',
  });

export const permissionList = z.array(z.string().regex(/^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)+$/)).max(500);

export const userReply = z
  .strictObject({
    id: z.number().int(),
    tenantId: z.number().int(),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    permissions: z.array(z.string()).nullable().meta({ description: 'null: everything that the role may.' }),
    scope: z.record(z.string(), z.array(z.number())).nullable(),
    disabled: z.boolean(),
    totp: z.boolean(),
    language: z.string().nullable(),
    lastLoginAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'User' });

export function showUser(user: User): z.output<typeof userReply> {
  return {
    id: user.id,
    tenantId: user.tenantId,
    email: user.email,
    name: user.name,
    role: user.role,
    permissions: user.permissions ?? null,
    scope: user.scope ?? null,
    disabled: user.disabledAt != null,
    totp: user.totpConfirmedAt != null,
    language: user.language ?? null,
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}
