import {
  directive,
  nginxFileTest,
  nginxRegex,
  nginxText,
  nginxVariable,
  type NginxArg,
  type NginxDirective,
} from '@tenpanel/sdk';
import type { RewriteCondition, RewriteRule } from '../spec/rewrite.js';
import { set, when } from './guards.js';
import { withCaptures } from './redirects.js';

const VARIABLES = {
  host: 'host',
  path: 'uri',
  query: 'args',
  method: 'request_method',
  userAgent: 'http_user_agent',
  referer: 'http_referer',
  cookie: 'http_cookie',
  address: 'remote_addr',
} as const;

/**
 * Rewrite rules inside the backend. nginx knows no "and" and no "or": each group of tests that holds adds a sign to
 * `$tp_met`, and the rule runs when all signs are there.
 */
export function rewriteRules(rules: readonly RewriteRule[]): NginxDirective[] {
  return rules.flatMap((rule) => {
    // Only `rewrite` compares the path itself; the other actions need it as one more test.
    const moves = rule.action === 'rewrite' || rule.action === 'redirect' || rule.action === 'permanent';
    if (rule.conditions.length === 0)
      return [moves ? move(rule) : when('uri', '~', pattern(rule), [end(rule)])];
    const groups = groupsOf(rule.conditions);
    const tests = groups.flatMap(anyOf);
    if (!moves) tests.push(when('uri', '~', pattern(rule), met()));
    const signs = '+'.repeat(groups.length + (moves ? 0 : 1));
    return [set('tp_met', ''), ...tests, when('tp_met', '=', signs, [moves ? move(rule) : end(rule)])];
  });
}

/** Conditions joined by "or". */
function groupsOf(conditions: readonly RewriteCondition[]): RewriteCondition[][] {
  const groups: RewriteCondition[][] = [[]];
  for (const [at, condition] of conditions.entries()) {
    groups.at(-1)?.push(condition);
    if (!condition.orNext && at < conditions.length - 1) groups.push([]);
  }
  return groups;
}

function anyOf(group: RewriteCondition[]): NginxDirective[] {
  const [only] = group;
  if (group.length === 1 && only) return [holds(only, met())];
  return [
    set('tp_any', ''),
    ...group.map((condition) => holds(condition, [set('tp_any', 'yes')])),
    when('tp_any', '=', 'yes', met()),
  ];
}

const met = (): NginxDirective[] => [set('tp_met', nginxText(nginxVariable('tp_met'), '+'))];

function holds(condition: RewriteCondition, then: NginxDirective[]): NginxDirective {
  const { test, negate } = condition;
  if (test === 'file' || test === 'directory') {
    const letter = test === 'file' ? 'f' : 'd';
    return directive('if', ...nginxFileTest(`${negate ? '!' : ''}-${letter}`, 'request_filename'), then);
  }
  if (test === 'https') return when('http_x_forwarded_proto', negate ? '!=' : '=', 'https', then);
  const operator = `${negate ? '!' : ''}~${condition.ignoreCase ? '*' : ''}` as '~' | '~*' | '!~' | '!~*';
  return when(VARIABLES[test], operator, nginxRegex(condition.pattern), then);
}

function pattern(rule: RewriteRule): NginxArg {
  return nginxRegex(`${rule.ignoreCase ? '(?i)' : ''}${rule.pattern}`);
}

function end(rule: RewriteRule): NginxDirective {
  return rule.action === 'stop'
    ? directive('break')
    : directive('return', rule.action === 'gone' ? 410 : 403);
}

/** In a server's own list `last` ends it; without a flag the next rule sees the new path. */
function move(rule: RewriteRule): NginxDirective {
  const flag = rule.action === 'rewrite' ? (rule.last ? ['last'] : []) : [rule.action];
  return directive('rewrite', pattern(rule), nginxText(...withCaptures(rule.to ?? '/')), ...flag);
}
