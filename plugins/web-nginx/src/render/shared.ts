import {
  directive,
  nginxRegex,
  nginxText,
  nginxVariable,
  renderNginx,
  type NginxArg,
  type NginxDirective,
} from '@tenpanel/sdk';
import type { WebServerSpec } from '../entities/web-server.js';
import { paths } from '../paths.js';
import { DEFAULT_INDEX } from './backend-rules.js';
import { set } from './guards.js';
import { logFormat } from './log-format.js';

const include = (name: string): NginxDirective => directive('include', `tenpanel/${name}.conf`);
const WEBSOCKET = nginxRegex('~*^websocket$');
const COMPRESSED = (
  'text/plain text/css text/xml text/javascript application/javascript application/json ' +
  'application/xml application/rss+xml application/manifest+json image/svg+xml font/ttf font/otf'
).split(' ');
const ACME = nginxRegex('~^/\\.well-known/acme-challenge/');
const backend = `unix:${paths.backendSocket}`;

/** `tp-00-shared.conf`: all that stands once for all sites and holds a value. The rest is in templates/. */
export function renderShared(spec: WebServerSpec): string {
  return renderNginx(
    [
      ...sizes(spec),
      logFormat(),
      map('http_upgrade', 'tp_origin', [
        [WEBSOCKET, 'tenpanel_backend'],
        ['default', 'tenpanel_origin'],
      ]),
      map('http_upgrade', 'tp_upgrade', [
        [WEBSOCKET, 'websocket'],
        ['default', ''],
      ]),
      map('http_upgrade', 'tp_connection', [
        [WEBSOCKET, 'upgrade'],
        ['default', ''],
      ]),
      map('http_x_forwarded_proto', 'tp_https', [
        ['https', 'on'],
        ['default', ''],
      ]),
      map('http_x_forwarded_proto', 'tp_scheme', [
        ['https', 'https'],
        ['default', 'http'],
      ]),
      // What rules of a site look at; empty for ACME challenges, which no rule may hide. A map costs a site nothing.
      map('uri', 'tp_path', [
        [ACME, ''],
        ['default', nginxVariable('uri')],
      ]),
      map('uri', 'tp_name', [
        [ACME, ''],
        ['default', nginxVariable('host')],
      ]),
      ...upstreams(spec),
      directive('server', unknownHost(spec)),
      directive('server', unknownTlsHost(spec)),
      directive('server', sharedBackend()),
    ],
    ['What all sites share, written by 10panel. Changes made here are found and put back.'],
  );
}

function sizes(spec: WebServerSpec): NginxDirective[] {
  return [
    // One name of 253 characters would otherwise keep nginx from starting.
    directive('server_names_hash_bucket_size', 512),
    directive('server_names_hash_max_size', 65536),
    directive('variables_hash_max_size', 4096),
    directive('map_hash_bucket_size', 128),
    directive('client_max_body_size', `${spec.maxBodyMegabytes}m`),
    // Once for all, because each server with a list of its own would have to build it again.
    directive('gzip_types', ...COMPRESSED),
    // Requests that end before the variables are set are logged with empty ones, without a warning each.
    directive('uninitialized_variable_warn', 'off'),
  ];
}

function map(from: string, to: string, lines: [NginxArg, NginxArg][]): NginxDirective {
  return directive(
    'map',
    nginxVariable(from),
    nginxVariable(to),
    lines.map(([key, value]) => directive(key, value)),
  );
}

/**
 * A cache that does not answer is passed by, and asked again a second later. Its connections are kept for a second less
 * than Varnish keeps them (timeout_idle is 5 s), so that none is closed while a request is being written to it. Those of
 * the backend are not kept: it is reloaded with every change of a site, and a reload closes idle ones at any moment,
 * which no POST survives.
 */
function upstreams(spec: WebServerSpec): NginxDirective[] {
  const origin = spec.cacheSocket
    ? [
        directive('server', `unix:${spec.cacheSocket}`, 'max_fails=1', 'fail_timeout=1s'),
        directive('server', backend, 'backup'),
        directive('keepalive', 64),
        directive('keepalive_timeout', '4s'),
      ]
    : [directive('server', backend)];
  return [
    directive('upstream', 'tenpanel_origin', origin),
    directive('upstream', 'tenpanel_backend', [directive('server', backend)]),
  ];
}

function listen(spec: WebServerSpec, port: number, ...more: string[]): NginxDirective[] {
  return [
    directive('listen', port, ...more),
    ...(spec.ipv6 ? [directive('listen', `[::]:${port}`, ...more)] : []),
  ];
}

function unknownHost(spec: WebServerSpec): NginxDirective[] {
  return [
    ...listen(spec, 80, 'default_server'),
    directive('server_name', '_'),
    set('tp_site', 0),
    include('front'),
    include('unknown'),
  ];
}

/** Without it the first site with a certificate would answer for every unknown name. */
function unknownTlsHost(spec: WebServerSpec): NginxDirective[] {
  return [
    ...listen(spec, 443, 'ssl', 'default_server'),
    directive('server_name', '_'),
    include('tls'),
    directive('ssl_reject_handshake', 'on'),
  ];
}

function sharedBackend(): NginxDirective[] {
  return [
    directive('listen', backend, 'default_server'),
    directive('server_name', '_'),
    include('backend-base'),
    directive('index', ...DEFAULT_INDEX),
    include('backend-files'),
    directive('location', '/', [
      directive('try_files', nginxVariable('uri'), nginxText(nginxVariable('uri'), '/'), '@tenpanel_front'),
    ]),
  ];
}
