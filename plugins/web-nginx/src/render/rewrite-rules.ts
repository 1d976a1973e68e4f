import { directive, nginxFileTest, nginxRegex, nginxText, nginxVariable, type NginxArg, type NginxDirective } from '@tenpanel/sdk';
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
 * Rewrite rules inside the backend. nginx knows no "and", and no condition around a `return` with a pattern: each test
 * that holds adds a sign to `$tp_met`, and the rule runs when all signs are there.
 */
export function rewriteRules(rules: readonly RewriteRule[]): NginxDirective[] {
  return rules.flatMap((rule) => {
    const refuses = rule.action === 'forbidden' || rule.action === 'gone';
    if (rule.conditions.length === 0) return [refuses ? when('uri', '~', pattern(rule), [refusal(rule)]) : move(rule)];
    const tests = rule.conditions.map((condition) => holds(condition));
    if (refuses) tests.push(when('uri', '~', pattern(rule), met()));
    return [set('tp_met', ''), ...tests, when('tp_met', '=', '+'.repeat(tests.length), [refuses ? refusal(rule) : move(rule)])];
  });
}

const met = (): NginxDirective[] => [set('tp_met', nginxText(nginxVariable('tp_met'), '+'))];

function holds(condition: RewriteCondition): NginxDirective {
  const { test, negate } = condition;
  if (test === 'file' || test === 'directory') {
    const letter = test === 'file' ? 'f' : 'd';
    return directive('if', ...nginxFileTest(`${negate ? '!' : ''}-${letter}`, 'request_filename'), met());
  }
  if (test === 'https') return when('http_x_forwarded_proto', negate ? '!=' : '=', 'https', met());
  const operator = `${negate ? '!' : ''}~${condition.ignoreCase ? '*' : ''}` as '~' | '~*' | '!~' | '!~*';
  return when(VARIABLES[test], operator, nginxRegex(condition.pattern), met());
}

function pattern(rule: RewriteRule): NginxArg {
  return nginxRegex(`${rule.ignoreCase ? '(?i)' : ''}${rule.pattern}`);
}

function refusal(rule: RewriteRule): NginxDirective {
  return directive('return', rule.action === 'gone' ? 410 : 403);
}

/** In a server's own list `last` ends it; without a flag the next rule sees the new path. */
function move(rule: RewriteRule): NginxDirective {
  const flag = rule.action === 'rewrite' ? (rule.last ? ['last'] : []) : [rule.action];
  return directive('rewrite', pattern(rule), nginxText(...withCaptures(rule.to ?? '/')), ...flag);
}
