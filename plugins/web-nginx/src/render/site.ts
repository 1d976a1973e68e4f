import { directive, nginxText, nginxVariable, renderNginx, type NginxDirective } from '@tenpanel/sdk';
import { paths } from '../paths.js';
import { errorPages, expires, index, needsOwnBackend, presetGuards } from './backend-rules.js';
import { frontController } from './front-controller.js';
import { canonicalHost, cors, headers, hotlink, hsts, maintenance } from './front-rules.js';
import { set, when } from './guards.js';
import { frontLocations } from './passwords.js';
import { proxyLocation, proxyUpstream } from './proxy.js';
import { redirectRules } from './redirects.js';
import { rewriteRules } from './rewrite-rules.js';
import { siteVariables } from './site-variables.js';
import type { SiteView } from './site-view.js';

const include = (name: string): NginxDirective => directive('include', `tenpanel/${name}.conf`);

/** The file of one site in conf.d: its front, and its own backend when it has rules that the shared one lacks. */
export function renderSite(view: SiteView): string {
  const { spec } = view;
  const active = spec.enabled && !view.suspended;
  const ownBackend = active && needsOwnBackend(spec) && spec.type !== 'redirect';
  const tree = [
    ...(ownBackend && spec.type === 'proxy' ? [proxyUpstream(view)] : []),
    directive('server', active ? activeFront(view) : closedFront(view)),
    ...(ownBackend ? [directive('server', backend(view))] : []),
  ];
  return renderNginx(tree, [
    `Site ${view.id} of account ${spec.account}, written by 10panel. Changes made here are found and put back.`,
  ]);
}

function listen(view: SiteView): NginxDirective[] {
  const ports = (port: number, ...more: string[]): NginxDirective[] => [
    directive('listen', port, ...more),
    ...(view.ipv6 ? [directive('listen', `[::]:${port}`, ...more)] : []),
  ];
  const { certificate } = view.contribution;
  if (!certificate) return ports(80);
  return [
    ...ports(80),
    ...ports(443, 'ssl'),
    directive('ssl_certificate', certificate.fullchain),
    directive('ssl_certificate_key', certificate.key),
    include('tls'),
  ];
}

/** Suspended or switched off: no file of the site is read. */
function closedFront(view: SiteView): NginxDirective[] {
  return [
    ...listen(view),
    directive('server_name', ...view.names),
    set('tp_site', view.id),
    include('front'),
    include(view.suspended ? 'suspended' : 'disabled'),
  ];
}

function activeFront(view: SiteView): NginxDirective[] {
  const { spec } = view;
  return [
    ...listen(view),
    directive('server_name', ...view.names),
    ...siteVariables(view),
    include('front'),
    ...(spec.directives.gzip === false ? [directive('gzip', 'off')] : [include('gzip')]),
    ...(spec.directives.maxBodyMegabytes
      ? [directive('client_max_body_size', `${spec.directives.maxBodyMegabytes}m`)]
      : []),
    ...toHttps(view),
    ...canonicalHost(spec),
    ...maintenance(spec.directives.maintenance),
    ...(spec.redirects.length > 0 ? [include('guard'), ...redirectRules(spec.redirects)] : []),
    ...hotlink(spec.directives.hotlink, spec),
    ...hsts(spec.directives.hsts, view.contribution.certificate?.hsts ?? null),
    ...headers(spec.directives),
    ...cors(spec.directives.cors),
    ...(spec.type === 'redirect' ? [wholeRedirect(view)] : frontLocations(view)),
  ];
}

function toHttps(view: SiteView): NginxDirective[] {
  if (!view.contribution.certificate?.redirectToHttps) return [];
  const target = nginxText('https://', nginxVariable('host'), nginxVariable('request_uri'));
  return [
    set('tp_plain', nginxText(nginxVariable('scheme'), ':', nginxVariable('tp_path'))),
    when('tp_plain', '~', nginxText('^http:/'), [directive('return', 301, target)]),
  ];
}

function wholeRedirect(view: SiteView): NginxDirective {
  const { redirectTo } = view.spec;
  const base = redirectTo?.url ?? '/';
  const to = redirectTo?.keepPath ? nginxText(base.replace(/\/$/, ''), nginxVariable('request_uri')) : base;
  return directive('location', '/', [directive('return', redirectTo?.status ?? 301, to)]);
}

function backend(view: SiteView): NginxDirective[] {
  const { spec } = view;
  const head = [directive('listen', `unix:${paths.backendSocket}`), directive('server_name', ...view.names)];
  if (spec.type === 'proxy')
    return [
      ...head,
      include('backend-base'),
      ...errorPages(spec),
      ...rewriteRules(spec.rewrite.rules),
      proxyLocation(view),
    ];
  return [
    ...head,
    include('backend-base'),
    ...presetGuards(spec),
    ...rewriteRules(spec.rewrite.rules),
    ...expires(spec),
    ...errorPages(spec),
    ...index(spec),
    include('backend-files'),
    directive('location', '/', [
      directive(
        'try_files',
        nginxVariable('uri'),
        nginxText(nginxVariable('uri'), '/'),
        frontController(spec) ? '@tenpanel_front' : '=404',
      ),
    ]),
  ];
}
