import type { ParameterizedContext } from 'koa';
import { PanelError } from '@tenpanel/sdk';
import { authenticate } from '../auth/authenticate.js';
import type { Authenticated } from '../auth/authenticated.js';
import type { Auth } from '../auth/auth-of.js';
import type { Kernel } from '../contracts.js';
import { anonymousActor } from '../rbac/anonymous-actor.js';
import { authorize } from '../rbac/authorize.js';
import { checkScope } from './check-scope.js';
import type { HttpAccess } from './http-access.js';
import type { Incoming } from './incoming.js';
import type { LoadedRoute } from './loaded-route.js';
import { matchLanguage } from './match-language.js';
import { parseInput } from './parse-input.js';
import { readJsonBody } from './read-json-body.js';
import type { RequestState } from './request-state.js';
import { ValidationError } from './validation-error.js';
import { waitSeconds } from './wait-for-resource.js';

/** Bytes of a JSON body. */
const MAX_BODY = 1_048_576;

/**
 * From a raw request to one that may run, in this order: who (401), may they (403), is it well formed (400, 413, 415,
 * 422), is the object in reach (404). `who` learns the actor as soon as it is known, for the audit of a refusal.
 */
export async function receive(
  kernel: Kernel,
  auth: Auth,
  route: LoadedRoute,
  ctx: ParameterizedContext<RequestState>,
  params: Record<string, string>,
  who: (authenticated: Authenticated) => void,
): Promise<Incoming> {
  const { spec } = route;
  const { state } = ctx;
  const isPublic = spec.permission === 'public';
  const authenticated = isPublic ? null : await authenticate(kernel, auth.keys, ctx.req, state);
  if (authenticated) {
    who(authenticated);
    state.actor = authenticated.actor.name;
    state.language = matchLanguage(
      ctx.req.headers['accept-language'],
      kernel.i18n.languages(),
      authenticated.language,
    );
    authorize(authenticated, spec, kernel.now());
  } else if (!isPublic) {
    throw new PanelError('auth.unauthorized', 401, 'Sign in first.');
  }
  const rawBody = spec.method === 'GET' ? undefined : await readJsonBody(ctx.req, MAX_BODY);
  const { dryRun, ...query } = queryOf(ctx.querystring);
  // All parts are looked at before any is refused: whoever must mend three things is told three things.
  const [pathPart, queryPart, bodyPart, dryRunPart] = await allOrProblems([
    parseInput('path', spec.params, params),
    parseInput('query', spec.query, query),
    parseInput('body', spec.body, spec.body ? (rawBody ?? {}) : rawBody),
    readDryRun(dryRun, route),
  ]);
  const input = { params: pathPart, query: queryPart, body: bodyPart };
  const actor = authenticated?.actor ?? anonymousActor();
  checkScope(kernel.registry, spec, actor, input);
  const http: HttpAccess = {
    request: ctx.req,
    response: ctx.res,
    address: state.address,
    userAgent: (ctx.req.headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 256),
    authenticated,
    actAs: (other) => {
      incoming.actor = other;
      state.actor = other.name;
    },
    withoutAudit: () => {
      incoming.audited = false;
    },
  };
  const incoming: Incoming = {
    requestId: state.requestId,
    language: state.language,
    actor,
    ...input,
    rawBody,
    path: ctx.path,
    dryRun: dryRunPart === true,
    ifMatch: spec.method === 'GET' ? null : (ctx.req.headers['if-match'] ?? null),
    idempotencyKey: headerOf(ctx.req.headers['idempotency-key']),
    audited: true,
    waitSeconds: waitSeconds(headerOf(ctx.req.headers['prefer']) ?? undefined),
    http,
  };
  return incoming;
}

function headerOf(value: string | string[] | undefined): string | null {
  return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
}

function queryOf(text: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [key, value] of new URLSearchParams(text)) {
    const before = found[key];
    found[key] = before === undefined ? value : [before, value].flat();
  }
  return found;
}

/** @throws ValidationError */
async function readDryRun(value: string | string[] | undefined, { spec }: LoadedRoute): Promise<boolean> {
  if (value === undefined || value === 'false') return false;
  const refuse = (code: string, message: string): never => {
    throw new ValidationError([{ in: 'query', path: ['dryRun'], pointer: '/dryRun', message, code }]);
  };
  if (value !== 'true') refuse('http.invalidValue', 'Write dryRun=true, or leave it out.');
  if (spec.method === 'GET' || spec.preview === false || spec.transaction === false)
    refuse('http.noPreview', 'This request cannot be shown before it is made. Leave out dryRun.');
  return true;
}

/** @throws ValidationError with the problems of all parts; any other error as it is */
async function allOrProblems<T extends unknown[]>(parts: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(parts);
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const other = errors.find((error) => !(error instanceof ValidationError));
  if (other !== undefined) throw other;
  if (errors.length > 0)
    throw new ValidationError(errors.flatMap((error) => (error as ValidationError).errors));
  return settled.map((one) => (one.status === 'fulfilled' ? (one.value as unknown) : undefined)) as T;
}
