import { randomUUID } from 'node:crypto';
import type { ApiAnswer, ApiRequest } from '../api/client.js';
import { events } from '../api/events.js';
import { problemOf } from '../api/problem.js';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { plain } from '../output/plain.js';
import { rowsOf, show } from '../output/show.js';
import { buildRequest, type Typed } from './build-request.js';
import { needsConsent } from './needs-consent.js';
import type { RouteCommand } from './route-command.js';
import { showPlan } from './show-plan.js';
import { waitFor } from './wait-for.js';

export interface RouteFlags {
  json?: boolean;
  yes?: boolean;
  dryRun?: boolean;
  wait?: boolean;
  all?: boolean;
  jsonBody?: string;
}

/** Seconds that the panel may hold the answer back until the server is as wanted. */
const HELD_SECONDS = 30;

/** Do what the command line says and print the outcome. Throws `CliError` with the documented exit code. */
export async function runRoute(
  route: RouteCommand,
  typed: Typed,
  flags: RouteFlags,
  context: CliContext,
): Promise<void> {
  const { client, terminal } = context;
  const request = await buildRequest(client, route, typed);
  if (flags.dryRun) request.query = { ...request.query, dryRun: 'true' };
  else if (needsConsent(route) && !flags.yes) await ask(route, typed, context);
  if (route.stream) return follow(request, flags, context);

  const waits = route.method !== 'get' && flags.wait !== false && !flags.dryRun;
  const headers: Record<string, string> = {};
  if (route.method === 'post') headers['idempotency-key'] = randomUUID();
  if (waits) headers['prefer'] = `wait=${HELD_SECONDS}`;
  if (waits && terminal.live) terminal.progress(`${route.noun} ${route.verb} …`);
  let answer = await client.request({ ...request, headers, signal: context.signal });
  terminal.progress('');
  if (answer.status >= 400) throw problemOf(answer, (path) => optionOf(route, path));
  if (flags.dryRun) return showPlan(answer.body, terminal, flags.json ?? false);
  if (waits) answer = await waitFor(answer, request, context);
  if (flags.all) await collectPages(answer, request, context);
  show(answer.body, terminal, flags.json ?? false);
  if (answer.body === undefined && !flags.json) terminal.note(terminal.noteStyle.green('done'));
  if (!flags.json && isPage(answer.body) && answer.body.next) {
    terminal.note(terminal.noteStyle.dim(`more: --cursor ${plain(answer.body.next)}, or --all`));
  }
}

async function ask(route: RouteCommand, typed: Typed, context: CliContext): Promise<void> {
  const what = `${route.noun} ${route.verb} ${typed.args.map(plain).join(' ')}`.trim();
  if (!context.terminal.interactive)
    throw new CliError(`"${what}" cannot be taken back easily; add --yes to do it.`, ExitCode.usage);
  if (!(await context.confirm(`${route.summary || what}: ${typed.args.map(plain).join(' ')}. Go on?`))) {
    throw new CliError('Nothing was changed.', ExitCode.interrupted);
  }
}

function optionOf(route: RouteCommand, path: string[]): string | null {
  const matches = route.options.filter((option) => option.path.every((part, i) => path[i] === part));
  const best = matches.sort((a, b) => b.path.length - a.path.length)[0];
  if (best) return `--${best.flag}`;
  const argument = route.args.find((a) => a.name === path[0]);
  return argument ? `<${argument.name}>` : null;
}

async function collectPages(answer: ApiAnswer, request: ApiRequest, context: CliContext): Promise<void> {
  const body = answer.body;
  if (!isPage(body)) return;
  const seen = new Set<string>();
  while (body.next && !seen.has(body.next)) {
    seen.add(body.next);
    const more = await context.client.request({
      ...request,
      query: { ...request.query, cursor: body.next },
      signal: context.signal,
    });
    if (more.status !== 200) throw problemOf(more);
    body.items.push(...(rowsOf(more.body) ?? []));
    body.next = isPage(more.body) ? more.body.next : null;
  }
}

async function follow(request: ApiRequest, flags: RouteFlags, context: CliContext): Promise<void> {
  for await (const event of events(context.client, request.path, context.signal, request.query)) {
    context.terminal.out(
      flags.json
        ? JSON.stringify(event)
        : `${event.event}  ${plain(typeof event.data === 'string' ? event.data : JSON.stringify(event.data))}`,
    );
  }
}

function isPage(body: unknown): body is { items: unknown[]; next: string | null } {
  return (
    body !== null &&
    typeof body === 'object' &&
    'items' in body &&
    Array.isArray(body.items) &&
    'next' in body
  );
}
