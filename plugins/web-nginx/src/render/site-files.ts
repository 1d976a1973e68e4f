import type { ConfigSet } from '@tenpanel/sdk';
import { htpasswdFiles } from './passwords.js';
import { renderSite } from './site.js';
import type { SiteView } from './site-view.js';

/** All files of one site. */
export function siteFiles(view: SiteView): ConfigSet {
  return {
    service: 'nginx',
    files: [
      { root: 'conf', path: siteFileName(view.id, view.spec.domain), content: renderSite(view) },
      ...htpasswdFiles(view).map(({ path, content }) => ({ root: 'htpasswd', path, content })),
    ],
  };
}

/** A file name holds 255 bytes at most, and a domain name alone may have 253. */
export function siteFileName(id: number, domain: string): string {
  return domain.length <= 200 ? `tp-${domain}.conf` : `tp-${domain.slice(0, 200)}-${id}.conf`;
}
