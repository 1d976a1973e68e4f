import type { CachePolicy } from './policy.js';

const QUERY: Record<CachePolicy['queryStrings'], string> = {
  dropTracking: 'drop',
  keep: 'keep',
  ignoreAll: 'ignore',
};

/**
 * The policy as it travels in `X-Tenpanel-Cache`: `on;ttl=120;grace=600;bypass=/cart,/me;ignore=lang;query=drop`.
 * Only signs that neither nginx nor VCL reads specially; the schema of each part sees to it.
 */
export function policyHeader(policy: CachePolicy): string {
  if (!policy.enabled) return 'off';
  const parts = ['on', `ttl=${policy.ttl}`, `grace=${policy.grace}`];
  if (policy.bypassPaths.length > 0) parts.push(`bypass=${policy.bypassPaths.join(',')}`);
  if (policy.ignoreCookies.length > 0) parts.push(`ignore=${policy.ignoreCookies.join(',')}`);
  parts.push(`query=${QUERY[policy.queryStrings]}`);
  const header = parts.join(';');
  if (!/^[A-Za-z0-9_.~/,;=-]+$/.test(header))
    throw new Error('The cache policy holds a sign that cannot travel in a header.');
  return header;
}
