/** The SDK's version; a manifest's `api` range is checked against it. */
export const sdkVersion = '1.0.0';

export { defineEntity, p } from '@mikro-orm/core';
export type { EntityManager, EntitySchema, InferEntity } from '@mikro-orm/core';
export { z } from 'zod';
export * from './actor.js';
export * from './capabilities/accounts.js';
export * from './capabilities/cache.js';
export * from './capabilities/identity.js';
export * from './capabilities/php.js';
export * from './capabilities/slices.js';
export * from './capabilities/web.js';
export * from './desired.js';
export * from './emit/emitter.js';
export * from './emit/emitters.js';
export * from './errors.js';
export * from './hooks.js';
export * from './kit.js';
export * from './manifest.js';
export * from './names.js';
export * from './plugin.js';
export * from './quantity.js';
export * from './query.js';
export * from './reconcile.js';
export * from './resource.js';
export * from './route.js';
export * from './token.js';
