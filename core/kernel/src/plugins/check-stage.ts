import type { Manifest } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { checkApi } from './check-api.js';
import { checkRoute } from './check-route.js';
import type { Staged } from './staged.js';

/** What `setup` has registered against the manifest and against what others have registered: the first problem, or null. */
export function checkStage(manifest: Manifest, staged: Staged, registry: Registry): string | null {
  return (
    staged.problems[0] ??
    checkPermissions(manifest, registry) ??
    checkRoutes(manifest, staged, registry) ??
    checkApi(manifest.id, staged.routes, registry.routes) ??
    checkProvided(manifest, staged) ??
    checkNames(staged, registry)
  );
}

function checkPermissions(manifest: Manifest, registry: Registry): string | null {
  const taken = Object.keys(manifest.permissions).find((permission) => registry.permissions.has(permission));
  return taken
    ? `The permission ${taken} belongs to ${registry.permissions.get(taken)?.owner ?? 'the panel'} already. Choose another name.`
    : null;
}

function checkRoutes(manifest: Manifest, staged: Staged, registry: Registry): string | null {
  const taken = new Map(registry.routes.map(({ owner, spec }) => [routeKey(spec), owner]));
  for (const spec of staged.routes) {
    const wrong = checkRoute(manifest, spec);
    if (wrong) return wrong;
    const owner = taken.get(routeKey(spec));
    if (owner) return `The route ${spec.method} ${spec.path} belongs to ${owner} already.`;
    taken.set(routeKey(spec), manifest.id);
  }
  return null;
}

function routeKey(spec: { method: string; path: string }): string {
  return `${spec.method} ${spec.path.replace(/\{[a-zA-Z]+\}/g, '{}')}`;
}

/** A plugin must give what it says it gives, in that very version. */
function checkProvided(manifest: Manifest, staged: Staged): string | null {
  for (const [capability, version] of Object.entries(manifest.provides)) {
    const given = staged.provided.get(capability);
    if (!given) return `Its manifest says it provides ${capability}, but its code does not.`;
    if (given.token.version !== version)
      return `Its manifest says ${capability} ${version}, its code provides ${given.token.version}.`;
  }
  return null;
}

function checkNames(staged: Staged, registry: Registry): string | null {
  const clash = (
    what: string,
    names: readonly string[],
    taken: (name: string) => string | undefined,
  ): string | null => {
    const seen = new Set<string>();
    for (const name of names) {
      const owner = seen.has(name) ? 'this plugin' : taken(name);
      if (owner) return `The ${what} "${name}" is registered by ${owner} already. Choose another name.`;
      seen.add(name);
    }
    return null;
  };
  return (
    clash(
      'resource kind',
      staged.reconcilers.map((spec) => spec.kind),
      (kind) => registry.reconcilers.get(kind)?.owner,
    ) ??
    clash(
      'job',
      staged.jobs.map((spec) => spec.name),
      (name) => registry.jobs.get(name)?.owner,
    ) ??
    clash(
      'schedule',
      staged.schedules.map((spec) => spec.name),
      (name) => registry.schedules.find(({ spec }) => spec.name === name)?.owner,
    ) ??
    clash(
      'limit',
      staged.limits.map((spec) => spec.key),
      (key) => registry.limits.get(key)?.owner,
    ) ??
    clash(
      'metric',
      staged.metrics.map((spec) => spec.name),
      (name) => registry.metrics.find(({ spec }) => spec.name === name)?.owner,
    ) ??
    clash(
      'check',
      staged.checks.map((spec) => spec.name),
      (name) => registry.checks.find(({ spec }) => spec.name === name)?.owner,
    )
  );
}
