import { PanelError } from '@tenpanel/sdk';
import type { Messages } from '../contracts.js';
import { databaseCode, isDatabaseAway } from './database-code.js';
import { pointerOf } from './pointer-of.js';
import { ValidationError, type FieldProblem } from './validation-error.js';

/** RFC 9457 problem details as every failed request answers them. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable, `<area>.<reason>`. */
  code: string;
  requestId: string;
  params?: Record<string, string | number>;
  errors?: FieldProblem[];
}

const DATABASE: Record<string, { code: string; status: number; message: string }> = {
  '23505': { code: 'http.exists', status: 409, message: 'Something with these values exists already.' },
  '23503': { code: 'http.inUse', status: 409, message: 'Something else still needs this.' },
  '40001': {
    code: 'http.busy',
    status: 409,
    message: 'Somebody changed the same thing at the same moment. Try again.',
  },
  '55P03': {
    code: 'http.busy',
    status: 409,
    message: 'Somebody changed the same thing at the same moment. Try again.',
  },
  '40P01': {
    code: 'http.busy',
    status: 409,
    message: 'Somebody changed the same thing at the same moment. Try again.',
  },
  // Numbers and dates that the schema let through and no column can hold.
  '22003': {
    code: 'http.outOfRange',
    status: 422,
    message: 'A number is larger than anything that is stored here.',
  },
  '22007': { code: 'http.outOfRange', status: 422, message: 'A date cannot be read.' },
  '22008': { code: 'http.outOfRange', status: 422, message: 'A date is outside of what is stored here.' },
  '22P02': {
    code: 'http.outOfRange',
    status: 422,
    message: 'A value has another form than what is stored here.',
  },
  '57014': {
    code: 'http.timeout',
    status: 503,
    message: 'This took too long and was given up. Nothing was changed.',
  },
  '53100': {
    code: 'http.diskFull',
    status: 507,
    message:
      'The disk of the panel’s database is full. Nothing was changed. Free some space, then try again.',
  },
};

/** What the root agent answers; everything else of it is 502. */
const AGENT: Record<string, number> = {
  'agent.drift': 409,
  'agent.stale': 409,
  'agent.invalidConfig': 409,
  'agent.notFound': 404,
  'agent.unavailable': 503,
  'agent.timeout': 504,
};

/** Any thrown value as an error that may be shown. What is not known becomes a 500 without any detail. */
export function asPanelError(error: unknown): PanelError {
  if (error instanceof PanelError) return error;
  // Two copies of the SDK still mean the same class.
  if (
    error instanceof Error &&
    'code' in error &&
    'status' in error &&
    'params' in error &&
    typeof error.status === 'number'
  ) {
    return new PanelError(
      String(error.code),
      error.status,
      error.message,
      error.params as Record<string, string | number>,
    );
  }
  const known = DATABASE[databaseCode(error) ?? ''];
  if (known) return new PanelError(known.code, known.status, known.message);
  if (isDatabaseAway(error)) {
    return new PanelError(
      'http.noDatabase',
      503,
      'The panel’s database does not answer. Web sites go on; try again in a moment.',
    );
  }
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('agent.')
  ) {
    return new PanelError(error.code, AGENT[error.code] ?? 502, error.message);
  }
  return new PanelError(
    'http.internal',
    500,
    'Something went wrong in the panel. Its log has the details under the request id.',
  );
}

export function problemOf(
  error: PanelError,
  requestId: string,
  language: string,
  messages: Messages,
): Problem {
  const detail = textOf(error.code, error.message, error.params, language, messages);
  const problem: Problem = {
    type: 'about:blank',
    title: TITLES[error.status] ?? 'Request failed',
    status: error.status,
    detail,
    code: error.code,
    requestId,
  };
  if (Object.keys(error.params).length > 0) problem.params = error.params;
  if (error instanceof ValidationError) {
    problem.errors = error.errors.map((one) => ({
      ...one,
      message: textOf(one.code, one.message, {}, language, messages),
    }));
  } else if (error.field) {
    problem.errors = [
      { in: 'body', path: error.field, pointer: pointerOf(error.field), message: detail, code: error.code },
    ];
  }
  return problem;
}

/** The catalogue's text of an error code; English keeps the words of the code itself, which know most. */
function textOf(
  code: string,
  own: string,
  params: Record<string, string | number>,
  language: string,
  messages: Messages,
): string {
  if (language === 'en') return own;
  const key = `errors.${code}`;
  const text = messages.t(language, key, params);
  return text === key ? own : text;
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Not possible now',
  412: 'Changed in the meantime',
  413: 'Too large',
  415: 'Only JSON is taken',
  422: 'A value cannot be taken',
  429: 'Too many attempts',
  500: 'Internal error',
  501: 'Not offered',
  502: 'The server did not take it',
  503: 'Not available now',
};
