import type { NginxDirective } from '@tenpanel/sdk';
import { frontController } from './front-controller.js';
import { set } from './guards.js';
import type { SiteView } from './site-view.js';

/** PHP is wanted but no socket is there: its scripts answer 503, never their source. */
export const PHP_MISSING = '-';

/** What origin.conf puts into the internal headers. The backend trusts them, because only the front can reach it. */
export function siteVariables(view: SiteView): NginxDirective[] {
  const { spec, contribution } = view;
  const local = spec.type === 'php' || spec.type === 'static';
  return [
    set('tp_site', view.id),
    ...(spec.type === 'redirect'
      ? []
      : [
          set('tp_home', spec.home),
          set('tp_root', view.documentRoot),
          set('tp_php', spec.type === 'php' ? (contribution.phpSocket ?? PHP_MISSING) : ''),
          set('tp_cache', contribution.cachePolicy ?? ''),
          set('tp_front', local ? frontController(spec) : ''),
        ]),
  ];
}
