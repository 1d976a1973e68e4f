import type { MigrationStep } from '@tenpanel/sdk';
import { auditMigrations } from '../audit/migrations.js';
import { identityMigrations } from '../auth/migrations.js';
import { historyMigrations } from '../history/migrations.js';
import { jobMigrations } from '../jobs/migrations.js';
import { outboxMigrations } from '../outbox/migrations.js';
import { pluginMigrations } from '../plugins/migrations.js';
import { driftMigrations } from '../drift/migrations.js';
import { reconcileMigrations } from '../reconcile/migrations.js';
import { settingsMigrations } from '../settings/migrations.js';
import { tenantMigrations } from '../tenants/migrations.js';
import { webhookMigrations } from '../webhooks/migrations.js';

/** Every step of schema `kernel`; the tenants come first, because all policies read them. */
export const kernelMigrations: MigrationStep[] = [
  ...tenantMigrations,
  ...auditMigrations,
  ...settingsMigrations,
  ...outboxMigrations,
  ...jobMigrations,
  ...historyMigrations,
  ...reconcileMigrations,
  ...driftMigrations,
  ...webhookMigrations,
  ...identityMigrations,
  ...pluginMigrations,
];
