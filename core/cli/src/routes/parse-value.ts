import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { FieldOption } from './route-command.js';

const SIZE = /^(\d+(?:\.\d+)?)([kmgt])i?b?$/i;
const POWERS = { k: 1, m: 2, g: 3, t: 4 } as const;
const NOTHING = new Set(['none', 'null', 'unlimited']);

/** The JSON value of what was typed. Text is taken as it is, whatever it holds: checking it is the panel's work. */
export function parseValue(option: FieldOption, typed: string): unknown {
  if (option.schema.nullable && NOTHING.has(typed)) return null;
  switch (option.kind) {
    case 'string':
      return oneOf(option, typed);
    case 'integer':
    case 'number':
      return number(option, typed);
    case 'boolean':
      if (['true', 'yes', 'on', '1'].includes(typed)) return true;
      if (['false', 'no', 'off', '0'].includes(typed)) return false;
      throw usage(option, typed, 'is not true or false');
    case 'scalar':
      return scalar(typed);
    case 'map':
      return mapEntry(option, typed);
    case 'json':
      try {
        return JSON.parse(typed) as unknown;
      } catch {
        throw usage(option, typed, 'is not valid JSON');
      }
  }
}

function oneOf(option: FieldOption, typed: string): string {
  const allowed = option.schema.enum;
  if (allowed && !allowed.includes(typed))
    throw usage(option, typed, `is not one of ${allowed.map(String).join(', ')}`);
  return typed;
}

/** `512M` is 536870912, as in systemd.resource-control(5). */
function number(option: FieldOption, typed: string): number {
  const size = SIZE.exec(typed);
  const unit = size?.[2]?.toLowerCase() as keyof typeof POWERS | undefined;
  const value =
    size && unit
      ? Math.round(Number(size[1]) * 1024 ** POWERS[unit])
      : /^-?\d+(\.\d+)?$/.test(typed)
        ? Number(typed)
        : NaN;
  if (!Number.isFinite(value)) throw usage(option, typed, 'is not a number');
  if (option.kind === 'integer' && !Number.isSafeInteger(value))
    throw usage(option, typed, 'is not a whole number');
  return value;
}

function scalar(typed: string): string | number | boolean | null {
  if (NOTHING.has(typed) && typed !== 'none') return null;
  if (typed === 'true' || typed === 'false') return typed === 'true';
  const size = SIZE.exec(typed);
  const unit = size?.[2]?.toLowerCase() as keyof typeof POWERS | undefined;
  if (size && unit) return Math.round(Number(size[1]) * 1024 ** POWERS[unit]);
  return /^-?\d{1,15}(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}

function mapEntry(option: FieldOption, typed: string): [string, unknown] {
  const equals = typed.indexOf('=');
  if (equals <= 0) throw usage(option, typed, 'is not written as key=value');
  const values = option.schema.additionalProperties;
  const onlyText = typeof values === 'object' && values.type === 'string';
  const text = typed.slice(equals + 1);
  return [typed.slice(0, equals), onlyText ? text : text === 'none' ? null : scalar(text)];
}

function usage(option: FieldOption, typed: string, what: string): CliError {
  return new CliError(`--${option.flag}: "${typed}" ${what}.`, ExitCode.usage);
}
