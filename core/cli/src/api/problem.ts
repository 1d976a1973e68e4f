import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { ApiAnswer } from './client.js';

interface FieldProblem {
  /** Place in the body or query, for example `['aliases', 0]`. */
  path: (string | number)[];
  message: string;
}

/** RFC 9457 as the panel writes it. */
interface Problem {
  title?: string;
  detail?: string;
  code?: string;
  requestId?: string;
  errors?: unknown;
}

/** Turn an answer that is not a success into words; `optionFor` names the option of a field. */
export function problemOf(
  answer: ApiAnswer,
  optionFor: (path: string[]) => string | null = () => null,
): CliError {
  const problem: Problem = answer.body !== null && typeof answer.body === 'object' ? answer.body : {};
  const fields = fieldProblems(problem.errors);
  const hints = fields.map(({ path, message }) => {
    const names = path.map(String).filter((part) => part !== 'body' && part !== 'query' && part !== 'params');
    const option = optionFor(names);
    return `${option ?? (names.join('.') || 'the request')}: ${message}`;
  });
  if (answer.status === 401)
    hints.push('Set TENPANEL_TOKEN to a valid API token ("tenpanel tokens create" makes one).');
  const code = problem.code ? ` [${problem.code}]` : '';
  if (answer.status >= 500 && problem.requestId)
    hints.push(`The log has more under request ${problem.requestId}.`);
  // One wrong field is said once, by the name of its option.
  const only = fields.length === 1 && hints.length === 1 ? hints.shift() : undefined;
  const text = only ?? problem.detail ?? problem.title ?? `The panel answered with status ${answer.status}.`;
  return new CliError(
    text + code,
    problem.code?.startsWith('agent.') ? ExitCode.jobFailed : exitCodeOf(answer.status),
    hints,
  );
}

function exitCodeOf(status: number): ExitCode {
  if (status === 404) return ExitCode.notFound;
  if (status === 409 || status === 412) return ExitCode.conflict;
  if (status === 422 || status === 400) return ExitCode.validation;
  if (status >= 400 && status < 500) return ExitCode.refused;
  if (status === 502 || status === 503 || status === 504) return ExitCode.unreachable;
  return ExitCode.unexpected;
}

function fieldProblems(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    if (error === null || typeof error !== 'object') return [];
    const { path, field, pointer, message, detail } = error as Record<string, unknown>;
    const place = path ?? field ?? pointer;
    const parts = Array.isArray(place)
      ? place.map(String)
      : typeof place === 'string'
        ? place.split(/[./]/).filter((part) => part !== '' && part !== '#')
        : [];
    return [{ path: parts, message: String(message ?? detail ?? 'is not valid') }];
  });
}
