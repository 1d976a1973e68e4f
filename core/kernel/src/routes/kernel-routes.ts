import type { AgentCall } from '@tenpanel/sdk';
import type { Kernel, Registry } from '../contracts.js';
import type { Planner } from '../reconcile/create-planner.js';
import type { Webhooks } from '../webhooks/create-webhooks.js';
import { auditRoutes } from './audit-routes.js';
import { authRoutes } from './auth-routes.js';
import { changeRoutes } from './change-routes.js';
import { checkRoutes } from './check-routes.js';
import { driftRoutes } from './drift-routes.js';
import { eventRoutes } from './event-routes.js';
import { jobRoutes } from './job-routes.js';
import { limitRoutes } from './limit-routes.js';
import { meRoutes } from './me-routes.js';
import { messageRoutes } from './message-routes.js';
import { metricRoutes } from './metric-routes.js';
import { planRoutes } from './plan-routes.js';
import { sessionRoutes } from './session-routes.js';
import { settingRoutes } from './setting-routes.js';
import { tokenRoutes } from './token-routes.js';
import { totpRoutes } from './totp-routes.js';
import { uiRoutes } from '../ui/ui-routes.js';
import { userActionRoutes } from './user-action-routes.js';
import { userRoutes } from './user-routes.js';
import { webhookRoutes } from './webhook-routes.js';

/** The kernel's own routes; push them to `kernel.registry.routes` before `createApp`. */
export function kernelRoutes(
  kernel: Kernel & { planner?: Planner; webhooks?: Webhooks; agentFor?: (owner: string) => AgentCall },
): Registry['routes'] {
  const { webhooks } = kernel;
  const specs = [
    ...authRoutes(kernel),
    ...meRoutes(kernel),
    ...totpRoutes(kernel),
    ...sessionRoutes(),
    ...userRoutes(kernel),
    ...userActionRoutes(kernel),
    ...tokenRoutes(kernel),
    ...auditRoutes(kernel),
    ...jobRoutes(kernel),
    ...settingRoutes(kernel),
    ...limitRoutes(kernel),
    ...changeRoutes(kernel),
    ...checkRoutes(kernel),
    ...planRoutes(kernel.registry, () => kernel.planner),
    ...driftRoutes(kernel),
    ...eventRoutes(kernel),
    ...metricRoutes(kernel),
    ...messageRoutes(kernel),
    ...uiRoutes(kernel),
    ...(webhooks ? webhookRoutes(kernel, webhooks) : []),
  ];
  return specs.map((spec) => ({ owner: 'kernel', spec }));
}
