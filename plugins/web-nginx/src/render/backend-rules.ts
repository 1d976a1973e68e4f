import { directive, nginxText, nginxVariable, type NginxDirective } from '@tenpanel/sdk';
import type { VhostSpec } from '../spec/vhost-spec.js';
import { endsWith, set, when } from './guards.js';

export const DEFAULT_INDEX = ['index.php', 'index.html', 'index.htm'];

/** Does the site need a backend server of its own, or does the shared one do what it wants? */
export function needsOwnBackend(spec: VhostSpec): boolean {
  const { directives } = spec;
  return (
    spec.type === 'proxy' ||
    spec.rewrite.rules.length > 0 ||
    spec.rewrite.preset === 'wordpress' ||
    spec.rewrite.preset === 'drupal' ||
    spec.rewrite.preset === 'joomla' ||
    spec.errorPages.length > 0 ||
    directives.index !== undefined ||
    directives.directoryListing === true ||
    (directives.expires?.length ?? 0) > 0
  );
}

/** Age by extension. `$tp_expires` stays `off` for everything else, so that applications keep their own word. */
export function expires(spec: VhostSpec): NginxDirective[] {
  const rules = spec.directives.expires ?? [];
  if (rules.length === 0) return [];
  return [
    set('tp_expires', 'off'),
    ...rules.map((rule) => when('uri', '~*', endsWith(rule.extensions), [set('tp_expires', rule.value)])),
    directive('expires', nginxVariable('tp_expires')),
  ];
}

export function errorPages(spec: VhostSpec): NginxDirective[] {
  return spec.errorPages.map(({ status, path }) => directive('error_page', status, path));
}

export function index(spec: VhostSpec): NginxDirective[] {
  return [
    directive('index', ...(spec.directives.index ?? DEFAULT_INDEX)),
    ...(spec.directives.directoryListing ? [directive('autoindex', 'on')] : []),
  ];
}

/** Files that an application keeps below its document root and that nobody should fetch. */
export function presetGuards(spec: VhostSpec): NginxDirective[] {
  const deny = (pattern: string): NginxDirective =>
    when('uri', '~*', nginxText(pattern), [directive('return', 404)]);
  switch (spec.rewrite.preset) {
    case 'wordpress':
      return [
        deny(
          '^/(?:wp-config[.]php|wp-admin/includes/|wp-includes/(?:[^/]+[.]php|theme-compat/)|wp-content/(?:uploads|files)/.*[.]php)',
        ),
      ];
    case 'drupal':
      return [
        deny(
          '^/(?:sites/[^/]+/(?:private|files/.*[.]php)|.*[.](?:engine|inc|install|make|module|profile|po|sh|sql|theme|twig|yml)(?:~|[.]sw[op]|[.]bak)?)',
        ),
        deny('^/vendor/.*[.]php'),
      ];
    case 'joomla':
      return [
        deny('^/(?:configuration[.]php|(?:images|cache|media|logs|tmp)/.*[.](?:php|pl|py|jsp|asp|sh|cgi))'),
      ];
    default:
      return [];
  }
}
