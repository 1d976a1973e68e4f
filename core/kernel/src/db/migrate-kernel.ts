import type { Logger } from '@tenpanel/sdk';
import { ensureQueueSchema } from '../jobs/ensure-queue-schema.js';
import { kernelMigrations } from './kernel-migrations.js';
import { migrate } from './migrate.js';
import { withOwner } from './with-owner.js';

/** Bring the kernel's own schema and the job queue's up to date. Run it before `createDatabase` and before plugins' steps. */
export async function migrateKernel(options: {
  ownerUrl: string;
  appRole: string;
  log: Logger;
}): Promise<void> {
  await withOwner(options.ownerUrl, async (client) => {
    await migrate({ ...options, client, owner: 'kernel', steps: kernelMigrations });
    await ensureQueueSchema({ ...options, client });
  });
}
