import type { Candidate } from './candidate.js';

/** Ids of the plugins among `enabled` that need `id`, directly or through others; sorted. */
export function dependantsOf(id: string, enabled: readonly Candidate[]): string[] {
  const found = new Set<string>();
  const visit = (provider: Candidate | undefined): void => {
    for (const other of enabled) {
      if (found.has(other.id) || other.id === id) continue;
      if (
        !Object.keys(other.manifest.requires).some(
          (capability) => provider && Object.hasOwn(provider.manifest.provides, capability),
        )
      )
        continue;
      found.add(other.id);
      visit(other);
    }
  };
  visit(enabled.find((one) => one.id === id));
  return [...found].sort();
}
