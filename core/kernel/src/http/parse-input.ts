import type { z } from 'zod';
import { issueWords } from './issue-words.js';
import { pointerOf } from './pointer-of.js';
import { ValidationError, type FieldProblem } from './validation-error.js';
import { refuseUnsafe } from './refuse-unsafe.js';

type Issue = z.core.$ZodIssue;

/**
 * Parse one part of a request. A route without a schema for the part takes nothing there.
 * @throws ValidationError
 */
export async function parseInput(
  place: FieldProblem['in'],
  schema: z.ZodType | undefined,
  value: unknown,
): Promise<unknown> {
  refuseUnsafe(place, value, schema);
  if (!schema) {
    refuseExtra(place, value);
    return undefined;
  }
  const parsed = await schema.safeParseAsync(value);
  if (parsed.success) return parsed.data;
  throw new ValidationError(parsed.error.issues.flatMap((issue) => problemsOf(place, issue, [], value)));
}

function refuseExtra(place: FieldProblem['in'], value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'object' && Object.keys(value).length === 0) return;
  const keys = typeof value === 'object' ? Object.keys(value) : [''];
  throw new ValidationError(
    keys.map((key) => ({
      in: place,
      path: key === '' ? [] : [key],
      pointer: key === '' ? '' : pointerOf([key]),
      message: `This request takes no such field in its ${place}.`,
      code: 'http.unknownField',
    })),
  );
}

function problemsOf(
  place: FieldProblem['in'],
  issue: Issue,
  prefix: (string | number)[],
  given: unknown,
): FieldProblem[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: place,
      path: [...path, key],
      pointer: pointerOf([...path, key]),
      message: 'There is no such field. Remove it, or check how it is spelt.',
      code: 'http.unknownField',
    }));
  }
  // The member of a union that came closest tells more than "invalid input".
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0];
    if (closest && closest.length > 0)
      return closest.flatMap((inner) => problemsOf(place, inner, path, given));
  }
  const code = codeOf(issue, given, path);
  const message = issueWords(issue, code === 'http.missing');
  return [{ in: place, path, pointer: pointerOf(path), message, code }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function codeOf(issue: Issue, given: unknown, path: readonly (string | number)[]): string {
  if (issue.code === 'custom') {
    const own: unknown = issue.params?.['code'];
    return typeof own === 'string' ? own : 'http.invalidValue';
  }
  if (issue.code === 'invalid_type' && valueAt(given, path) === undefined) return 'http.missing';
  return `http.${issue.code.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
}

/** The library does not say what was given, so it is looked up; a number that is missing arrives there as NaN. */
function valueAt(given: unknown, path: readonly (string | number)[]): unknown {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
