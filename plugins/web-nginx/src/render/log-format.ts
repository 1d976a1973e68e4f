import { directive, nginxText, nginxVariable, type NginxArg, type NginxDirective } from '@tenpanel/sdk';

const FIELDS: [string, string][] = [
  ['site', 'tp_site'],
  ['time', 'time_iso8601'],
  ['host', 'host'],
  ['address', 'remote_addr'],
  ['user', 'remote_user'],
  ['method', 'request_method'],
  ['uri', 'request_uri'],
  ['protocol', 'server_protocol'],
  ['status', 'status'],
  ['bytes', 'body_bytes_sent'],
  ['cache', 'upstream_http_x_cache'],
  ['seconds', 'request_time'],
  ['referer', 'http_referer'],
  ['agent', 'http_user_agent'],
];

/**
 * One JSON line a request, all values as strings. The site's id comes first, so that the agent can pick one site's
 * lines by a pattern that nothing a visitor sends can reach (`escape=json` quotes the rest).
 */
export function logFormat(): NginxDirective {
  const parts = FIELDS.flatMap(([key, variable], at): NginxArg[] => [
    `${at === 0 ? '{' : ','}"${key}":"`,
    nginxVariable(variable),
    '"',
  ]);
  return directive('log_format', 'tenpanel', 'escape=json', nginxText(...parts, '}'));
}
