import { controlCharacters, z } from '@tenpanel/sdk';

const SIGNS = /^(?:[A-Za-z0-9_/.,:=&%@~!<>" '-]|[\^$|?*+(){}[\]]|\\[dDwWsSbB/.\\^$|?*+(){}[\]-])+$/;

/**
 * Regular expressions that a customer may give to the shared web server: no look-around, no back references, no
 * repeated group that repeats inside, because one such pattern can hold a worker for minutes.
 */
export function regexProblem(source: string): string | null {
  if (source.length > 200) return 'Use at most 200 characters.';
  if (controlCharacters.test(source) || !SIGNS.test(source))
    return 'Use letters, digits, / . - _ and the signs ^ $ | ? * + ( ) [ ] { } \\d \\w \\s.';
  if (/\(\?(?!:)/.test(source)) return 'Groups such as (?= … ) cannot be used; ( … ) and (?: … ) can.';
  if (/\\[1-9]/.test(source)) return 'References to an earlier group cannot be used.';
  if (nestsRepeats(source))
    return 'A repeated group must not hold a repeat or a choice itself, because such a pattern can block the server.';
  if ((source.match(/(?<!\\)[*+]|\{\d+,\d*\}/g) ?? []).length > 8)
    return 'Use at most 8 repeats in one pattern.';
  if (/\{\d{4,}|\{\d*,\d{4,}/.test(source)) return 'Repeat at most 999 times.';
  try {
    new RegExp(source);
  } catch {
    return 'This is not a complete regular expression; look for brackets that are not closed.';
  }
  return null;
}

/** Walk the groups; true when one that repeats holds `*`, `+`, `{n,}` or `|`. */
function nestsRepeats(source: string): boolean {
  const groups: { risky: boolean }[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at];
    if (sign === '\\') at += 1;
    else if (sign === '[') at = endOfClass(source, at);
    else if (sign === '(') groups.push({ risky: false });
    else if (sign === ')') {
      const group = groups.pop();
      const repeated = /^(?:[*+]|\{\d+,)/.test(source.slice(at + 1));
      if (group?.risky && repeated) return true;
      const outer = groups.at(-1);
      if (outer && (group?.risky || repeated)) outer.risky = true;
    } else if (sign === '*' || sign === '+' || sign === '|' || sign === '{') {
      const group = groups.at(-1);
      if (group) group.risky = true;
    }
  }
  return false;
}

function endOfClass(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === ']' && at > start + 1) return at;
  }
  return source.length;
}

export const limitedRegex = z
  .string()
  .min(1)
  .superRefine((source, ctx) => {
    const problem = regexProblem(source);
    if (problem) ctx.addIssue({ code: 'custom', message: problem });
  });
