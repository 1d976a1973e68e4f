import semver from 'semver';
import type { Candidate } from './candidate.js';

export interface Resolution {
  /** Providers before those who need them. */
  order: Candidate[];
  /** Plugin id -> why it does not run, in plain words. */
  blocked: Map<string, string>;
}

const TIERS = ['core', 'verified', 'community', 'local'];

/**
 * Which of the enabled plugins can run, and in which order: API range, capabilities, conflicts, circles. Pure.
 * `given` are capabilities of the kernel itself. `barred` are plugins that something else keeps from running (driver
 * not approved, integrity, crash guard): what needs them is blocked too.
 */
export function resolvePlugins(
  candidates: readonly Candidate[],
  given: Readonly<Record<string, string>>,
  sdk: string,
  barred: ReadonlyMap<string, string> = new Map(),
): Resolution {
  const blocked = new Map(barred);
  const ranked = [...candidates].sort(byPriority);
  const running = () => ranked.filter((one) => !blocked.has(one.id));

  for (const one of running()) {
    if (!semver.validRange(one.manifest.api))
      blocked.set(
        one.id,
        `Its manifest asks for the plugin API "${one.manifest.api}", which is no version range.`,
      );
    else if (!semver.satisfies(sdk, one.manifest.api)) {
      blocked.set(
        one.id,
        `It was written for plugin API ${one.manifest.api}; this panel offers ${sdk}. Install a version of the plugin that fits.`,
      );
    }
  }
  blockRivals(ranked, given, blocked);
  for (let before = -1; before !== blocked.size;) {
    before = blocked.size;
    const providers = providersOf(running());
    for (const one of running()) {
      const missing = missingOf(one, providers, given, ranked, blocked);
      if (missing) blocked.set(one.id, missing);
    }
    if (before === blocked.size) blockCircles(running(), blocked);
  }
  return { order: sortByNeed(running()), blocked };
}

/** Essential ones and higher tiers win over others; among equals, who declares that it gets on with nobody gives way. */
function byPriority(a: Candidate, b: Candidate): number {
  const quarrels = (one: Candidate) => Object.keys(one.manifest.conflicts).length;
  return (
    Number(b.essential) - Number(a.essential) ||
    TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) ||
    quarrels(a) - quarrels(b) ||
    (a.id < b.id ? -1 : 1)
  );
}

function blockRivals(
  ranked: readonly Candidate[],
  given: Readonly<Record<string, string>>,
  blocked: Map<string, string>,
): void {
  const chosen: Candidate[] = [];
  for (const one of ranked) {
    if (blocked.has(one.id)) continue;
    const own = Object.keys(one.manifest.provides).find((capability) => Object.hasOwn(given, capability));
    const rival = chosen
      .map((other) => ({ other, why: rivalry(one, other) }))
      .find(({ why }) => why !== null);
    if (own) blocked.set(one.id, `It provides ${own}, which the panel itself provides.`);
    else if (rival)
      blocked.set(one.id, `${rival.why} Disable one of the two: ${rival.other.id} or ${one.id}.`);
    else chosen.push(one);
  }
}

function rivalry(one: Candidate, other: Candidate): string | null {
  const both = Object.keys(one.manifest.provides).find((capability) =>
    Object.hasOwn(other.manifest.provides, capability),
  );
  if (both) return `It provides ${both}, and so does ${other.id}.`;
  const clash = (a: Candidate, b: Candidate) =>
    Object.entries(a.manifest.conflicts).find(([capability, range]) =>
      fits(b.manifest.provides[capability], range),
    )?.[0];
  const ours = clash(one, other);
  if (ours) return `It cannot run beside ${ours}, which ${other.id} provides.`;
  const theirs = clash(other, one);
  return theirs ? `It provides ${theirs}, beside which ${other.id} cannot run.` : null;
}

function providersOf(plugins: readonly Candidate[]): Map<string, Candidate> {
  return new Map(
    plugins.flatMap((one) =>
      Object.keys(one.manifest.provides).map((capability) => [capability, one] as const),
    ),
  );
}

function missingOf(
  one: Candidate,
  providers: ReadonlyMap<string, Candidate>,
  given: Readonly<Record<string, string>>,
  all: readonly Candidate[],
  blocked: ReadonlyMap<string, string>,
): string | null {
  for (const [capability, range] of Object.entries(one.manifest.requires)) {
    const provider = providers.get(capability);
    const version = given[capability] ?? provider?.manifest.provides[capability];
    if (fits(version, range)) continue;
    if (version)
      return `It needs ${capability} ${range}; ${provider?.id ?? 'the panel'} provides ${version}.`;
    const held = all.find(
      (other) =>
        other.id !== one.id && Object.hasOwn(other.manifest.provides, capability) && blocked.has(other.id),
    );
    if (held) return `It needs ${capability} from ${held.id}, which does not run: ${blocked.get(held.id)}`;
    return `It needs ${capability} ${range}, which no enabled plugin provides. Enable or install one that does.`;
  }
  return null;
}

function blockCircles(plugins: readonly Candidate[], blocked: Map<string, string>): void {
  const providers = providersOf(plugins);
  for (const one of plugins) {
    const circle = pathBack(one, providers);
    if (circle) blocked.set(one.id, `It needs itself in a circle: ${circle.join(' -> ')}.`);
  }
}

function pathBack(start: Candidate, providers: ReadonlyMap<string, Candidate>): string[] | null {
  const seen = new Set<string>();
  const walk = (one: Candidate, path: string[]): string[] | null => {
    for (const next of needs(one, providers)) {
      if (next.id === start.id) return [...path, start.id];
      if (seen.has(next.id)) continue;
      seen.add(next.id);
      const found = walk(next, [...path, next.id]);
      if (found) return found;
    }
    return null;
  };
  return walk(start, [start.id]);
}

function needs(one: Candidate, providers: ReadonlyMap<string, Candidate>): Candidate[] {
  return Object.keys(one.manifest.requires).flatMap((capability) => providers.get(capability) ?? []);
}

/** Topological order; an optional need counts too, unless it would close a circle. */
function sortByNeed(plugins: readonly Candidate[]): Candidate[] {
  const providers = providersOf(plugins);
  const edges = new Map(plugins.map((one) => [one.id, new Set(needs(one, providers))]));
  const reaches = (from: Candidate, to: Candidate, seen = new Set<string>()): boolean =>
    from.id === to.id ||
    [...(edges.get(from.id) ?? [])].some(
      (next) => !seen.has(next.id) && (seen.add(next.id), reaches(next, to, seen)),
    );
  for (const one of plugins) {
    for (const [capability, range] of Object.entries(one.manifest.optional)) {
      const provider = providers.get(capability);
      if (provider && fits(provider.manifest.provides[capability], range) && !reaches(provider, one))
        edges.get(one.id)?.add(provider);
    }
  }
  const sorted = new Set<Candidate>();
  const visit = (one: Candidate) => {
    if (sorted.has(one)) return;
    for (const next of edges.get(one.id) ?? []) visit(next);
    sorted.add(one);
  };
  plugins.forEach(visit);
  return [...sorted];
}

function fits(version: string | undefined, range: string): boolean {
  return version !== undefined && semver.satisfies(version, range);
}
