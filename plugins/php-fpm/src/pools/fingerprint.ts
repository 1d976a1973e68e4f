import { createHash } from 'node:crypto';
import type { PhpSiteSpec } from '../sites/site-entity.js';

/** Tells whether a running master holds a site's settings as they are now. Only for specs as the database gives them. */
export function fingerprint(spec: PhpSiteSpec): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('base64url').slice(0, 16);
}
