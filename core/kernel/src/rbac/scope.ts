type ScopeMap = Readonly<Record<string, readonly number[]>>;

/** Only what both allow. null is no limit. */
export function intersectScopes(a: ScopeMap | null, b: ScopeMap | null): ScopeMap | null {
  if (a === null || b === null) return a ?? b;
  const both: Record<string, number[]> = {};
  for (const kind of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const left = a[kind];
    const right = b[kind];
    both[kind] = [...(left && right ? left.filter((id) => right.includes(id)) : (left ?? right ?? []))];
  }
  return both;
}

/** Does `scope` leave this object in reach? */
export function inScope(scope: ScopeMap | null, kind: string, id: number): boolean {
  const allowed = scope?.[kind];
  return allowed === undefined || allowed.includes(id);
}
