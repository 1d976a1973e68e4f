import { readFileSync } from 'node:fs';
import type { ApiClient, ApiRequest } from '../api/client.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { resolveId } from './lookup.js';
import { parseValue } from './parse-value.js';
import type { FieldOption, RouteCommand } from './route-command.js';

export interface Typed {
  args: string[];
  /** What was typed for each option, in order; a boolean option without a value counts as "true". */
  options: Map<FieldOption, string[]>;
  /** `--json-body`: JSON text, `@file`, or `-` for standard input. */
  jsonBody?: string | undefined;
}

/** The request that a command line means. Options win over the same field in `--json-body`. */
export async function buildRequest(
  client: ApiClient,
  command: RouteCommand,
  typed: Typed,
): Promise<ApiRequest> {
  let path = command.path;
  for (const [index, argument] of command.args.entries()) {
    const value = typed.args[index] ?? '';
    const id = argument.lookup ? await resolveId(client, argument.lookup, value) : value;
    path = path.replace(`{${argument.name}}`, encodeURIComponent(id));
  }
  const query: Record<string, string | string[]> = {};
  const base = typed.jsonBody === undefined ? undefined : parseBody(typed.jsonBody);
  let body = base;
  for (const [option, values] of typed.options) {
    const parsed = await Promise.all(values.map((value) => valueOf(client, option, value)));
    if (option.location === 'query') {
      const texts = parsed.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
      query[option.path[0] ?? ''] = option.list ? texts : (texts.at(-1) ?? '');
      continue;
    }
    if (body === undefined) body = {};
    if (body === null || typeof body !== 'object' || Array.isArray(body)) {
      throw new CliError(
        `--json-body is not an object, so --${option.flag} has no place in it.`,
        ExitCode.usage,
      );
    }
    setPath(body as Record<string, unknown>, option.path, fieldValue(option, parsed));
  }
  checkRequired(command, typed);
  if (command.hasBody && body === undefined && command.method !== 'get') body = {};
  return { method: command.method.toUpperCase(), path, query, body };
}

async function valueOf(client: ApiClient, option: FieldOption, value: string): Promise<unknown> {
  const nothing = option.schema.nullable && ['none', 'null', 'unlimited'].includes(value);
  if (option.lookup && !nothing && !/^\d+$/.test(value))
    return Number(await resolveId(client, option.lookup, value));
  return parseValue(option, value);
}

function fieldValue(option: FieldOption, parsed: unknown[]): unknown {
  // Entries and not assignment: a key such as `__proto__` stays a key.
  if (option.kind === 'map') return Object.fromEntries(parsed as [string, unknown][]);
  if (!option.list) return parsed.at(-1);
  // One JSON list is the whole list, and "none" is the empty one.
  if (parsed.length === 1 && option.kind === 'json' && Array.isArray(parsed[0])) return parsed[0];
  if (parsed.length === 1 && (parsed[0] === '' || parsed[0] === 'none')) return [];
  return parsed;
}

function setPath(body: Record<string, unknown>, path: string[], value: unknown): void {
  let here = body;
  for (const part of path.slice(0, -1)) {
    const next = Object.hasOwn(here, part) ? here[part] : undefined;
    const child = next !== null && typeof next === 'object' ? (next as Record<string, unknown>) : {};
    Object.defineProperty(here, part, { value: child, enumerable: true, configurable: true, writable: true });
    here = child;
  }
  Object.defineProperty(here, path.at(-1) ?? '', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Only what the command line alone can know; everything else is the panel's validation. */
function checkRequired(command: RouteCommand, typed: Typed): void {
  if (typed.jsonBody !== undefined) return;
  const missing = command.options.filter((option) => option.required && !typed.options.has(option));
  if (missing.length === 0) return;
  throw new CliError(
    `${missing.map((option) => `--${option.flag}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    ExitCode.usage,
    [`See: tenpanel ${command.noun} ${command.verb} --help`],
  );
}

function parseBody(text: string): unknown {
  const source =
    text === '-'
      ? readFileSync(0, 'utf8')
      : text.startsWith('@')
        ? readFileSync(text.slice(1), 'utf8')
        : text;
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    throw new CliError(
      `--json-body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
      ExitCode.usage,
    );
  }
}
