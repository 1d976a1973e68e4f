import type { Directives } from '../spec/directives.js';
import type { Redirect } from '../spec/redirect.js';
import type { RewriteRule, Preset } from '../spec/rewrite.js';
import type { VhostSpec } from '../spec/vhost-spec.js';

export type Outcome = 'converted' | 'partly' | 'notNeeded' | 'notConverted';

export interface LineResult {
  outcome: Outcome;
  message: string;
}

export const converted = (message: string): LineResult => ({ outcome: 'converted', message });
export const partly = (message: string): LineResult => ({ outcome: 'partly', message });
export const notNeeded = (message: string): LineResult => ({ outcome: 'notNeeded', message });
export const notConverted = (message: string): LineResult => ({ outcome: 'notConverted', message });

/** What has been found so far. */
export interface Found {
  rules: RewriteRule[];
  preset: Preset | null;
  redirects: Redirect[];
  errorPages: VhostSpec['errorPages'];
  directives: Directives;
  /** `RewriteBase`, with slashes at both ends. */
  base: string;
}

export interface Site {
  documentRoot: string;
  domain: string;
}
