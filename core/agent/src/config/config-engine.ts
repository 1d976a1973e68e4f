import { AgentError, type ConfigApplied, type ConfigChange, type ConfigPlan } from '@tenpanel/protocol';
import type { DriverRegistry } from '../drivers/registry.js';
import { resolveService } from '../drivers/resolve.js';
import { batcher } from './batcher.js';
import type { ConfigContext } from './config-context.js';
import { manifestKey } from './manifest.js';
import { isSame, planChange } from './plan-change.js';

export interface ConfigEngine {
  plan(change: ConfigChange): Promise<ConfigPlan>;
  apply(change: ConfigChange): Promise<ConfigApplied>;
  rollback(driver: string, resource: string): Promise<ConfigApplied>;
  idle(): Promise<void>;
}

export function configEngine(context: ConfigContext, drivers: DriverRegistry): ConfigEngine {
  const batches = batcher(context);
  const apply = async (change: ConfigChange): Promise<ConfigApplied> => {
    const driver = await drivers.get(change.driver);
    return await batches.apply(change, resolveService(driver, change, context.family));
  };
  return {
    apply,
    idle: () => batches.idle(),
    async plan(change) {
      const driver = await drivers.get(change.driver);
      const { steps, drifted } = await planChange(
        change,
        resolveService(driver, change, context.family),
        context,
      );
      const files = steps.map((step) => ({
        root: step.root.name,
        path: step.path,
        absolute: step.absolute,
        action: isSame(step)
          ? ('same' as const)
          : step.current === null
            ? ('create' as const)
            : step.wanted === null
              ? ('remove' as const)
              : ('change' as const),
        before: step.current?.toString('utf8') ?? '',
        after: step.wanted?.toString('utf8') ?? '',
      }));
      return { files, drifted };
    },
    async rollback(driver, resource) {
      const manifests = context.ledger.of(driver, resource);
      const results: ConfigApplied[] = [];
      for (const manifest of manifests) {
        const previous = await context.ledger.previous(manifestKey(manifest));
        if (previous === null) continue;
        const files = previous.flatMap(({ root, path, content }) =>
          content === null ? [] : [{ root, path, content }],
        );
        const { service, instance, generation } = manifest;
        results.push(
          await apply({
            driver,
            service,
            ...(instance === null ? {} : { instance }),
            resource,
            generation,
            files,
          }),
        );
      }
      if (results.length === 0)
        throw new AgentError('agent.notFound', `Nothing is kept that ${resource} could go back to.`);
      return {
        changed: results.some((each) => each.changed),
        batch: Math.max(...results.map((each) => each.batch)),
        files: results.reduce((sum, each) => sum + each.files, 0),
      };
    },
  };
}
