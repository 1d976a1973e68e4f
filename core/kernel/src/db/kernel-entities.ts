import type { EntitySchema } from '@mikro-orm/core';
import { AuditEntity } from '../audit/audit-entity.js';
import { JobEntity } from '../jobs/job-entity.js';
import { TenantEntity } from '../tenants/tenant-entity.js';
import { WebhookDeliveryEntity, WebhookEndpointEntity } from '../webhooks/webhook-entities.js';

/** Entities of these rooms; identity's and the plugins' are added by whoever composes the kernel. */
export const kernelEntities: EntitySchema[] = [
  TenantEntity,
  AuditEntity,
  JobEntity,
  WebhookEndpointEntity,
  WebhookDeliveryEntity,
] as unknown as EntitySchema[];
