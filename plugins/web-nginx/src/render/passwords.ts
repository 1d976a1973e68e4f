import { directive, htpasswdLine, type NginxDirective } from '@tenpanel/sdk';
import { paths } from '../paths.js';
import { frontController } from './front-controller.js';
import type { SiteView } from './site-view.js';

export interface HtpasswdFile {
  path: string;
  content: string;
}

/**
 * The ways to the cache. Password protection stands here, before the cache: a page that was public yesterday must not
 * come out of the cache today. A front controller answers `/index.php/admin` as `/admin`, so that way in is closed too.
 */
export function frontLocations(view: SiteView): NginxDirective[] {
  const front = frontController(view.spec);
  const blocks = new Map<string, NginxDirective[]>();
  for (const [at, rule] of view.spec.passwords.entries()) {
    const base = rule.path.replace(/\/+$/, '');
    for (const way of base === '' || front === '' ? [base] : [base, `${front}${base}`]) {
      if (!blocks.has(way))
        blocks.set(way, guarded(rule.realm, `${paths.htpasswd}/${htpasswdName(view.id, at)}`));
    }
  }
  const whole = blocks.get('') ?? [origin()];
  blocks.delete('');
  return [
    ...[...blocks].flatMap(([way, block]) => [
      directive('location', '=', way, block),
      directive('location', '^~', `${way}/`, block),
    ]),
    directive('location', '/', whole),
  ];
}

const origin = (): NginxDirective => directive('include', 'tenpanel/origin.conf');

function guarded(realm: string, file: string): NginxDirective[] {
  return [directive('auth_basic', realm), directive('auth_basic_user_file', file), origin()];
}

/** `name:hash` lines; the hashes hold `$`, which is why nginx reads them from a file of their own. */
export function htpasswdFiles(view: SiteView): HtpasswdFile[] {
  return view.spec.passwords.map((rule, at) => ({
    path: htpasswdName(view.id, at),
    content: rule.users.map(({ name, hash }) => htpasswdLine(name, hash)).join(''),
  }));
}

const htpasswdName = (siteId: number, at: number): string => `site-${siteId}-${at + 1}`;
