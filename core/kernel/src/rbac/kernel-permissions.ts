import type { Role } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';

const ALL: readonly Role[] = ['admin', 'reseller', 'client'];
const ADMIN: readonly Role[] = ['admin'];

/** Permissions of the kernel's own routes. */
const PERMISSIONS: Record<string, { title: string; roles: readonly Role[] }> = {
  'user.read': { title: 'See users', roles: ALL },
  'user.write': { title: 'Create, change and remove users', roles: ALL },
  'user.impersonate': { title: 'Sign in as a customer', roles: ['admin', 'reseller'] },
  'token.read': { title: 'See API tokens', roles: ALL },
  'token.write': { title: 'Create and revoke API tokens', roles: ALL },
  'audit.read': { title: 'See the audit log', roles: ALL },
  'audit.verify': { title: 'Check the audit log for tampering', roles: ADMIN },
  'job.read': { title: 'See jobs', roles: ALL },
  'job.write': { title: 'Cancel jobs', roles: ALL },
  'setting.read': { title: 'See settings', roles: ADMIN },
  'setting.write': { title: 'Change settings', roles: ADMIN },
  'webhook.read': { title: 'See webhooks and their deliveries', roles: ALL },
  'webhook.write': { title: 'Create, change and remove webhooks', roles: ALL },
  'limit.read': { title: 'See what a plan can limit', roles: ALL },
  'change.read': { title: 'See the history of resources', roles: ALL },
  'change.undo': { title: 'Undo a change', roles: ALL },
  'server.plan': { title: 'See what is waiting to change on the server', roles: ADMIN },
  'server.check': { title: 'Check the server', roles: ADMIN },
  'server.repair': { title: 'Repair what is wrong with the server', roles: ADMIN },
  'metric.read': { title: 'See the panel’s own figures', roles: ADMIN },
};

/** Put the kernel's permissions into the registry; plugins may not declare them again. */
export function registerKernelPermissions(registry: Registry): void {
  for (const [permission, value] of Object.entries(PERMISSIONS)) {
    registry.permissions.set(permission, { owner: 'kernel', ...value });
  }
}
