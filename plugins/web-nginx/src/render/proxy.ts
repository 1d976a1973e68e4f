import { directive, type NginxDirective } from '@tenpanel/sdk';
import type { SiteView } from './site-view.js';

/**
 * A proxy site's own backend. nginx is given the addresses that the worker has looked up and checked, never a name: a
 * name that stops resolving would keep nginx from starting, and one that resolves to 127.0.0.1 would open the server.
 */
export function proxyUpstream(view: SiteView): NginxDirective {
  const url = new URL(view.spec.proxy?.url ?? 'http://invalid');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const servers = view.addresses.map((address) =>
    directive('server', `${address.includes(':') ? `[${address}]` : address}:${port}`),
  );
  return directive('upstream', upstreamName(view), [...servers, directive('keepalive', 16)]);
}

export function proxyLocation(view: SiteView): NginxDirective {
  const proxy = view.spec.proxy;
  const url = new URL(proxy?.url ?? 'http://invalid');
  const path = url.pathname.replace(/\/+$/, '');
  const tls =
    url.protocol === 'https:'
      ? [
          directive('proxy_ssl_server_name', 'on'),
          directive('proxy_ssl_name', bare(url.hostname)),
          directive('proxy_ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
          ...(proxy?.verifyCertificate && view.caBundle
            ? [
                directive('proxy_ssl_verify', 'on'),
                directive('proxy_ssl_verify_depth', 5),
                directive('proxy_ssl_trusted_certificate', view.caBundle),
              ]
            : []),
        ]
      : [];
  return directive('location', '/', [
    directive('proxy_pass', `${url.protocol}//${upstreamName(view)}${path ? `${path}/` : ''}`),
    ...(proxy?.keepHost
      ? [directive('include', 'tenpanel/proxy-host.conf')]
      : [directive('proxy_set_header', 'Host', url.host)]),
    directive('include', 'tenpanel/proxy-out.conf'),
    ...tls,
  ]);
}

const upstreamName = (view: SiteView): string => `tenpanel_site_${view.id}`;
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
