import {
  directive,
  nginxRegex,
  nginxText,
  nginxVariable,
  type NginxArg,
  type NginxDirective,
} from '@tenpanel/sdk';
import type { Redirect } from '../spec/redirect.js';
import { literally, when } from './guards.js';

const go = (status: number, to: NginxArg): NginxDirective => directive('return', status, to);

/**
 * Redirects at the front, in their order. They look at `$tp_path`: the decoded path, empty for ACME challenges, and
 * free of control characters (guard.conf has refused those), so that a capture cannot break the Location header.
 */
export function redirectRules(redirects: readonly Redirect[]): NginxDirective[] {
  return redirects.map((rule) => {
    if (rule.match === 'exact')
      return when('tp_path', '=', rule.from, [go(rule.status, nginxText(rule.to, ...carried(rule.to)))]);
    if (rule.match === 'prefix') {
      const from = rule.from.replace(/\/$/, '');
      const pattern = nginxRegex(`^${literally(from)}(?:/(.*))?$`);
      const to = `${rule.to.replace(/\/$/, '')}/`;
      return when('tp_path', '~', pattern, [
        go(rule.status, nginxText(to, nginxVariable('1'), ...carried(to))),
      ]);
    }
    return when('tp_path', '~', nginxRegex(rule.from), [
      go(rule.status, nginxText(...withCaptures(rule.to), ...carried(rule.to))),
    ]);
  });
}

/** The visitor's query goes along unless the target has one of its own. */
function carried(to: string): NginxArg[] {
  return to.includes('?') || to.includes('#') ? [] : [nginxVariable('is_args'), nginxVariable('args')];
}

/** `/a/$1` -> text and captures. */
export function withCaptures(text: string): NginxArg[] {
  return text
    .split(/(\$[1-9])/)
    .filter((part) => part !== '')
    .map((part) => (/^\$[1-9]$/.test(part) ? nginxVariable(part.slice(1)) : part));
}
