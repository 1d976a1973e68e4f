import { regexProblem } from '../spec/limited-regex.js';
import { rewriteCondition, type RewriteCondition } from '../spec/rewrite.js';

const TESTS: Record<
  string,
  'host' | 'path' | 'query' | 'method' | 'userAgent' | 'referer' | 'cookie' | 'address'
> = {
  '%{HTTP_HOST}': 'host',
  '%{SERVER_NAME}': 'host',
  '%{REQUEST_URI}': 'path',
  '%{QUERY_STRING}': 'query',
  '%{REQUEST_METHOD}': 'method',
  '%{HTTP_USER_AGENT}': 'userAgent',
  '%{HTTP:USER-AGENT}': 'userAgent',
  '%{HTTP_REFERER}': 'referer',
  '%{HTTP_COOKIE}': 'cookie',
  '%{REMOTE_ADDR}': 'address',
};

/** `RewriteCond <test> <pattern> [flags]` as a condition, or the reason why not. */
export function convertCondition(words: readonly string[]): RewriteCondition | string {
  const [test = '', rawPattern = '', rawFlags = ''] = words;
  const flags = rawFlags
    .replace(/^\[|\]$/g, '')
    .toUpperCase()
    .split(',')
    .map((flag) => flag.trim())
    .filter(Boolean);
  const unknown = flags.find((flag) => !['NC', 'NOCASE', 'OR', 'ORNEXT', 'NV', 'NOVARY'].includes(flag));
  if (unknown) return `The flag ${unknown} of a condition has no counterpart.`;
  const orNext = flags.includes('OR') || flags.includes('ORNEXT');
  const ignoreCase = flags.includes('NC') || flags.includes('NOCASE');
  const negate = rawPattern.startsWith('!');
  const pattern = negate ? rawPattern.slice(1) : rawPattern;
  const name = test.toUpperCase();
  const https = httpsTest(name, pattern.toLowerCase());
  if (https !== null) return rewriteCondition.parse({ test: 'https', negate: https !== !negate, orNext });
  if (/^-[fsdl]$/i.test(pattern)) {
    if (
      ![
        '%{REQUEST_FILENAME}',
        '%{SCRIPT_FILENAME}',
        '%{DOCUMENT_ROOT}%{REQUEST_URI}',
        '%{DOCUMENT_ROOT}/%{REQUEST_URI}',
      ].includes(name)
    ) {
      return 'Only the requested file itself can be looked for.';
    }
    if (pattern.toLowerCase() === '-l') return 'Symbolic links cannot be told apart.';
    return rewriteCondition.parse({
      test: pattern.toLowerCase() === '-d' ? 'directory' : 'file',
      negate,
      orNext,
    });
  }
  const kind = TESTS[name];
  if (!kind) return `${test} cannot be tested.`;
  if (/^[<>]|^-/.test(pattern)) return 'Only regular expressions and equality can be tested.';
  const source = pattern.startsWith('=')
    ? `^${pattern.slice(1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`
    : pattern;
  if (source === '') return 'An empty pattern cannot be tested.';
  const problem = regexProblem(source);
  if (problem) return problem;
  return rewriteCondition.parse({ test: kind, pattern: source, ignoreCase, negate, orNext });
}

/** true: the pattern means "is https"; false: "is http"; null: it is about something else. */
function httpsTest(name: string, pattern: string): boolean | null {
  const bare = pattern.replace(/^[=^]+|\$$/g, '');
  if (name === '%{HTTPS}') return bare === 'on' ? true : bare === 'off' || bare === '' ? false : null;
  if (name === '%{SERVER_PORT}') return bare === '443' ? true : bare === '80' ? false : null;
  if (name === '%{HTTP:X-FORWARDED-PROTO}' || name === '%{REQUEST_SCHEME}')
    return bare === 'https' ? true : bare === 'http' ? false : null;
  return null;
}
