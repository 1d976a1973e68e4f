import { regexProblem } from '../spec/limited-regex.js';
import { rewriteRule, type RewriteCondition, type RewriteRule } from '../spec/rewrite.js';
import {
  converted,
  notConverted,
  notNeeded,
  partly,
  type Found,
  type LineResult,
  type Site,
} from './result.js';

const CATCH_ALL = /^\^?(?:\.|\.\*|\(\.\*\)|\.\+|\(\.\+\)|)\$?$/;

/** `RewriteRule <pattern> <target> [flags]` with the conditions before it. */
export function convertRule(
  words: readonly string[],
  conditions: readonly (RewriteCondition | string)[],
  found: Found,
  site: Site,
): LineResult {
  const [pattern = '', target = '', rawFlags = ''] = words;
  const reason = conditions.find((each): each is string => typeof each === 'string');
  if (reason) return notConverted(`A condition of this rule could not be converted: ${reason}`);
  const flags = parseFlags(rawFlags);
  if (typeof flags === 'string') return notConverted(flags);
  if (pattern.startsWith('!'))
    return notConverted(
      'A rule for everything that does not match has no counterpart. Turn the pattern round.',
    );
  const held = conditions as RewriteCondition[];
  const source = pathPattern(pattern);
  if (source === null)
    return notConverted(
      'In an .htaccess file a pattern never sees the first slash, so this rule has never matched.',
    );
  const problem = regexProblem(source);
  if (problem) return notConverted(`The pattern cannot be used: ${problem}`);
  if (isFrontController(pattern, target, held)) {
    found.preset = 'default';
    return converted('This is the front controller, which a PHP site has by itself.');
  }
  const rule = { pattern: source, ignoreCase: flags.ignoreCase, conditions: held, last: flags.last };
  if (target === '-') return withoutTarget(rule, flags, pattern, found);
  const to = convertTarget(target, pattern, flags, found.base, site);
  if (typeof to === 'string') return notConverted(to);
  const action = flags.redirect ?? (/^https?:/i.test(to.to) ? 302 : null);
  return add(
    found,
    {
      ...rule,
      ...(to.pattern ? { pattern: to.pattern } : {}),
      action: action === null ? 'rewrite' : action === 301 ? 'permanent' : 'redirect',
      to: to.to,
    },
    noteOf(action, to.note),
  );
}

function noteOf(status: number | null, note: string | null): string | null {
  return status !== null && status !== 301 && status !== 302 ? `It answers 302 instead of ${status}.` : note;
}

type Flags = {
  ignoreCase: boolean;
  last: boolean;
  redirect: number | null;
  refuse: 'forbidden' | 'gone' | null;
  keepQuery: boolean;
  dropQuery: boolean;
};

function parseFlags(raw: string): Flags | string {
  const flags: Flags = {
    ignoreCase: false,
    last: false,
    redirect: null,
    refuse: null,
    keepQuery: false,
    dropQuery: false,
  };
  for (const flag of raw
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)) {
    const [name = '', value] = flag.toUpperCase().split('=');
    if (name === 'NC' || name === 'NOCASE') flags.ignoreCase = true;
    else if (name === 'L' || name === 'LAST' || name === 'END') flags.last = true;
    else if (name === 'R' || name === 'REDIRECT')
      flags.redirect = value === 'PERMANENT' ? 301 : Number(value) || 302;
    else if (name === 'F' || name === 'FORBIDDEN') flags.refuse = 'forbidden';
    else if (name === 'G' || name === 'GONE') flags.refuse = 'gone';
    else if (name === 'QSA' || name === 'QSAPPEND') flags.keepQuery = true;
    else if (name === 'QSD' || name === 'QSDISCARD') flags.dropQuery = true;
    else if (!['NE', 'NOESCAPE', 'PT', 'PASSTHROUGH', 'DPI', 'DISCARDPATH', 'B'].includes(name))
      return `The flag ${flag} has no counterpart.`;
  }
  if (flags.redirect !== null && (flags.redirect < 300 || flags.redirect > 399))
    return `A rule that answers ${flags.redirect} has no counterpart.`;
  return flags;
}

/** In an .htaccess file the path has lost its first slash; at nginx it has it. null when the pattern asks for it. */
function pathPattern(pattern: string): string | null {
  const one = (part: string): string | null => {
    if (part.startsWith('^')) return /^\^\\?\//.test(part) ? null : `^/${part.slice(1)}`;
    return CATCH_ALL.test(part) ? `^/${part}` : part;
  };
  const parts = splitTop(pattern).map(one);
  return parts.includes(null) ? null : parts.join('|');
}

/** Alternatives outside of brackets. */
function splitTop(pattern: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern[at] ?? '';
    if (sign === '\\') parts[parts.length - 1] += sign + (pattern[(at += 1)] ?? '');
    else if (sign === '|' && depth === 0) parts.push('');
    else {
      if (sign === '(' || sign === '[') depth += 1;
      if (sign === ')' || sign === ']') depth -= 1;
      parts[parts.length - 1] += sign;
    }
  }
  return parts;
}

function isFrontController(
  pattern: string,
  target: string,
  conditions: readonly RewriteCondition[],
): boolean {
  const looksForFiles = conditions.every(
    ({ test, negate }) => (test === 'file' || test === 'directory') && negate,
  );
  return (
    CATCH_ALL.test(pattern) &&
    /^\/?index\.php$/.test(target) &&
    looksForFiles &&
    conditions.some(({ test }) => test === 'file')
  );
}

function withoutTarget(
  rule: Omit<RewriteRule, 'action' | 'to'>,
  flags: Flags,
  pattern: string,
  found: Found,
): LineResult {
  if (flags.refuse) return add(found, { ...rule, action: flags.refuse, to: null }, null);
  if (/^\^?index\\?\.php\$?$/.test(pattern)) return notNeeded('Scripts that exist are run without a rule.');
  return flags.last
    ? add(found, { ...rule, action: 'stop', to: null }, null)
    : notNeeded('This rule changes nothing.');
}

interface Target {
  to: string;
  /** A pattern that catches the whole path, where the target asks for it. */
  pattern: string | null;
  note: string | null;
}

function convertTarget(
  target: string,
  pattern: string,
  flags: Flags,
  base: string,
  site: Site,
): Target | string {
  let to = target;
  let whole: string | null = null;
  let note: string | null = null;
  if (/%\d/.test(to)) return 'Groups of a condition (%1) cannot be used in the target.';
  if (/%\{REQUEST_URI\}/i.test(to)) {
    if (!CATCH_ALL.test(pattern)) return '%{REQUEST_URI} can be used only in a rule for all paths.';
    to = to.replace(/\/?%\{REQUEST_URI\}/gi, '/$1');
    whole = '^/(.*)$';
  }
  if (/%\{(?:HTTP_HOST|SERVER_NAME)\}/i.test(to)) {
    to = to.replace(/%\{(?:HTTP_HOST|SERVER_NAME)\}/gi, site.domain);
    note = `It leads to ${site.domain}, whichever name was asked for.`;
  }
  if (/\?%\{QUERY_STRING\}$/i.test(to)) to = to.replace(/\?%\{QUERY_STRING\}$/i, '');
  if (/%\{/.test(to)) return `${/%\{[^}]*\}?/.exec(to)?.[0] ?? 'A variable'} cannot be used in the target.`;
  if (to.startsWith(site.documentRoot)) to = to.slice(site.documentRoot.length) || '/';
  if (!/^(?:\/|https?:)/i.test(to)) to = `${base}${to}`;
  // nginx adds the visitor's query unless the target ends in "?"; Apache drops it when the target has one.
  if (flags.dropQuery || (to.includes('?') && !flags.keepQuery)) to = to.endsWith('?') ? to : `${to}?`;
  return { to, pattern: whole, note };
}

function add(
  found: Found,
  values: Omit<RewriteRule, 'to'> & { to: string | null },
  note: string | null,
): LineResult {
  const parsed = rewriteRule.safeParse(values);
  if (!parsed.success) return notConverted(parsed.error.issues[0]?.message ?? 'The rule cannot be used.');
  found.rules.push(parsed.data);
  return note ? partly(note) : converted('It is a rewrite rule now.');
}
