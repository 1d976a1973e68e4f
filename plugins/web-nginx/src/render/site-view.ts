import type { SiteContribution } from '@tenpanel/sdk';
import type { VhostSpec } from '../spec/vhost-spec.js';

/** All that the configuration of one site is computed from. Plain data, so that rendering is a pure function. */
export interface SiteView {
  id: number;
  spec: VhostSpec;
  /** Host names, the site's own first; wildcards as `*.example.com`. */
  names: string[];
  documentRoot: string;
  contribution: SiteContribution;
  /** The account is suspended: known by the accounts plugin, so that an undo of the site never lifts it. */
  suspended: boolean;
  addresses: string[];
  ipv6: boolean;
  caBundle: string | null;
}

/** The names a site answers to: its domain, its aliases, and the www twin when one of both is to be used. */
export function siteNames(spec: Pick<VhostSpec, 'domain' | 'aliases' | 'www'>): string[] {
  const twin = spec.www === 'none' ? [] : [wwwTwin(spec.domain)];
  return [...new Set([spec.domain, ...twin, ...spec.aliases])];
}

/** `www.example.com` for `example.com` and the other way round. */
export function wwwTwin(domain: string): string {
  return domain.startsWith('www.') ? domain.slice(4) : `www.${domain}`;
}

/** Absolute folder that is served. */
export function absoluteRoot(spec: Pick<VhostSpec, 'home' | 'domain' | 'documentRoot'>): string {
  return `${spec.home}/domains/${spec.domain}/${spec.documentRoot}`;
}
