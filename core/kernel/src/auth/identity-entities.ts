import type { EntitySchema } from '@mikro-orm/core';
import { ApiTokenEntity } from './api-token-entity.js';
import { UserEntity } from './user-entity.js';

/** Entities of this room, for the ORM. */
export const identityEntities: EntitySchema[] = [UserEntity, ApiTokenEntity] as unknown as EntitySchema[];
