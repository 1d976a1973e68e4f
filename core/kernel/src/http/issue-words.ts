import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
};

/**
 * What is wrong with a value, for people. A schema's own message is kept; the library's default ones, which speak of
 * types and undefined, are said in plain words.
 */
export function issueWords(issue: Issue, missing: boolean): string {
  const own = !/^(Invalid|Too (small|big)|Unrecognized|Expected)\b/.test(issue.message);
  if (missing) return 'This is missing.';
  if (own) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `Write ${KINDS[issue.expected] ?? issue.expected}.`;
    case 'too_small':
      return `Write ${amount(issue.origin, 'at least', Number(issue.minimum), issue.inclusive ?? true, 1)}.`;
    case 'too_big':
      return `Write ${amount(issue.origin, 'at most', Number(issue.maximum), issue.inclusive ?? true, -1)}.`;
    case 'invalid_value':
      return `Write one of ${issue.values.map(String).join(', ')}.`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? issue.message;
    default:
      return issue.message;
  }
}

const FORMATS: Record<string, string> = {
  email: 'Write an e-mail address such as name@example.com.',
  url: 'Write an address such as https://example.com/.',
  uuid: 'Write a UUID.',
  datetime: 'Write a time such as 2026-01-31T12:00:00Z.',
};

/** `at least 3 characters`, `at least 1`, `at most 5 entries`. */
function amount(origin: string, words: string, bound: number, inclusive: boolean, step: number): string {
  const value = inclusive ? bound : bound + step;
  if (origin === 'string') return `${words} ${value} ${value === 1 ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') return `${words} ${value} ${value === 1 ? 'entry' : 'entries'}`;
  return `a number of ${words} ${value}`;
}
