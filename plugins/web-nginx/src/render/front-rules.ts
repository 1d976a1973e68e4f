import { directive, nginxRegex, nginxText, nginxVariable, type NginxDirective } from '@tenpanel/sdk';
import type { Directives } from '../spec/directives.js';
import type { VhostSpec } from '../spec/vhost-spec.js';
import { literally, oneOf, set, when } from './guards.js';
import { siteNames, wwwTwin } from './site-view.js';

/** One of the site's two names leads to the other. */
export function canonicalHost(spec: VhostSpec): NginxDirective[] {
  if (spec.www === 'none') return [];
  const [bare, www] = spec.domain.startsWith('www.')
    ? [wwwTwin(spec.domain), spec.domain]
    : [spec.domain, wwwTwin(spec.domain)];
  const [from, to] = spec.www === 'toWww' ? [bare, www] : [www, bare];
  const target = nginxText(nginxVariable('scheme'), '://', to, nginxVariable('request_uri'));
  return [when('tp_name', '=', from, [directive('return', 301, target)])];
}

export function maintenance(rule: Directives['maintenance']): NginxDirective[] {
  if (!rule) return [];
  return [
    set('tp_closed', 'closed'),
    ...(rule.allow.length > 0 ? [when('remote_addr', '~', oneOf(rule.allow), [set('tp_closed', '')])] : []),
    when('tp_path', '=', '', [set('tp_closed', '')]),
    when('tp_closed', '=', 'closed', [directive('return', 503)]),
    directive('error_page', 503, '@tenpanel_maintenance'),
    directive('include', 'tenpanel/maintenance.conf'),
  ];
}

/** Before the cache, because a cached picture would be given to everybody. */
export function hotlink(rule: Directives['hotlink'], spec: VhostSpec): NginxDirective[] {
  if (!rule) return [];
  const hosts = [...new Set([...siteNames(spec), ...rule.allow])];
  return [
    directive('valid_referers', ...(rule.allowEmpty ? ['none', 'blocked'] : []), ...hosts),
    set('tp_hotlink', nginxVariable('invalid_referer')),
    when('tp_path', '!~', nginxRegex(endsWithSource(rule.extensions)), [set('tp_hotlink', '')]),
    when('tp_hotlink', '=', '1', [directive('return', 403)]),
  ];
}

function endsWithSource(extensions: readonly string[]): string {
  return `(?i)\\.(?:${extensions.map(literally).join('|')})$`;
}

/** Answers to preflight requests, and the headers that let other origins read. */
export function cors(rule: Directives['cors']): NginxDirective[] {
  if (!rule) return [];
  const any = rule.origins.includes('*');
  const header = (name: string, value: Parameters<typeof directive>[1]): NginxDirective =>
    directive('add_header', name, value, 'always');
  return [
    set('tp_origin_ok', any ? '*' : ''),
    ...(any
      ? []
      : [when('http_origin', '~', oneOf(rule.origins), [set('tp_origin_ok', nginxVariable('http_origin'))])]),
    set('tp_allow', ''),
    set('tp_vary', any ? '' : 'Origin'),
    when('tp_origin_ok', '!=', '', [set('tp_allow', rule.methods.join(', '))]),
    header('Access-Control-Allow-Origin', nginxVariable('tp_origin_ok')),
    header('Vary', nginxVariable('tp_vary')),
    header('Access-Control-Allow-Methods', nginxVariable('tp_allow')),
    ...(rule.headers.length > 0 ? [header('Access-Control-Allow-Headers', rule.headers.join(', '))] : []),
    ...(rule.credentials ? [header('Access-Control-Allow-Credentials', 'true')] : []),
    header('Access-Control-Max-Age', String(rule.maxAgeSeconds)),
    set(
      'tp_preflight',
      nginxText(nginxVariable('request_method'), ':', nginxVariable('http_access_control_request_method')),
    ),
    when('tp_preflight', '~', nginxRegex('^OPTIONS:.'), [directive('return', 204)]),
  ];
}

const CAREFUL: [string, string][] = [
  ['X-Frame-Options', 'SAMEORIGIN'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
];

/** The site's own headers win over what the application sends. */
export function headers(spec: Directives): NginxDirective[] {
  const own = (spec.headers ?? []).map(({ name, value }): [string, string] => [name, value]);
  const named = new Set(own.map(([name]) => name.toLowerCase()));
  const all = [
    ...(spec.securityHeaders ? CAREFUL.filter(([name]) => !named.has(name.toLowerCase())) : []),
    ...own,
  ];
  return all.flatMap(([name, value]) => [
    directive('proxy_hide_header', name),
    directive('add_header', name, value, 'always'),
  ]);
}

export function hsts(rule: Directives['hsts'], fallback: string | null): NginxDirective[] {
  const value = rule
    ? [
        `max-age=${rule.maxAgeSeconds}`,
        ...(rule.includeSubdomains ? ['includeSubDomains'] : []),
        ...(rule.preload ? ['preload'] : []),
      ].join('; ')
    : fallback;
  if (!value) return [];
  return [
    set('tp_hsts', ''),
    when('scheme', '=', 'https', [set('tp_hsts', value)]),
    directive('proxy_hide_header', 'Strict-Transport-Security'),
    directive('add_header', 'Strict-Transport-Security', nginxVariable('tp_hsts'), 'always'),
  ];
}
