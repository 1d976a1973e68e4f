import { parseSize, z } from '@tenpanel/sdk';
import type { PhpOption } from './option.js';
import { phpOptions } from './options.js';

export type IniValue = string | number | boolean;
export type IniValues = Record<string, IniValue>;

const ZONES = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

function size(option: PhpOption & { type: 'size' }): z.ZodType<string> {
  return z
    .string()
    .regex(/^[1-9]\d{0,9}[KMG]?$/, 'Write a size such as 256M or 1G.')
    .refine(
      (text) => {
        const bytes = parseSize(text);
        return bytes !== null && bytes >= option.min && bytes <= option.max;
      },
      `Write a size from ${human(option.min)} to ${human(option.max)}.`,
    );
}

function human(bytes: number): string {
  return bytes >= 2 ** 30
    ? `${bytes / 2 ** 30}G`
    : bytes >= 2 ** 20
      ? `${bytes / 2 ** 20}M`
      : `${bytes / 2 ** 10}K`;
}

function schemaOf(option: PhpOption): z.ZodType<IniValue> {
  switch (option.type) {
    case 'size':
      return size(option);
    case 'integer':
      return z.number().int().min(option.min).max(option.max);
    case 'boolean':
      return z.boolean();
    case 'timezone':
      return z
        .string()
        .max(64)
        .refine((zone) => ZONES.has(zone), 'Write a time zone such as Europe/Berlin.');
    default:
      return z.enum(option.values as [string, ...string[]]);
  }
}

/** `{memory_limit: "512M", …}`; null puts an option back to the server's default. An unknown option is 422. */
export const iniValues = z
  .strictObject(
    Object.fromEntries(
      phpOptions.map((option) => [option.name, schemaOf(option).nullable().optional().describe(option.help)]),
    ),
  )
  .meta({
    description: 'php.ini values by name; null means the default of the server. GET /php/options lists them.',
  });
