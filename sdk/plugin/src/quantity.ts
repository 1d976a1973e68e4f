import { z } from 'zod';

const FACTORS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, P: 2 ** 50 };
const SIZE = /^(\d{1,15}(?:\.\d{1,3})?)\s?([KMGTP]?)(?:i?B)?$/i;

/** `512M`, `1.5 GiB`, `1000` -> bytes, in powers of 1024 as Linux tools count; null when it is no size. */
export function parseSize(text: string): number | null {
  const match = SIZE.exec(text.trim());
  if (!match) return null;
  const bytes = Math.round(Number(match[1]) * (FACTORS[(match[2] ?? '').toUpperCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/**
 * A limit as people write it: a whole number, a size such as `512M`, a percentage such as `150%`, or `unlimited`,
 * which becomes null as null itself does.
 */
export const quantity = z
  .union([z.number(), z.string().max(40), z.null()])
  .transform((raw, ctx) => {
    if (raw === null || (typeof raw === 'string' && /^(unlimited|none)$/i.test(raw.trim()))) return null;
    const value = typeof raw === 'number' ? raw : parseSize(raw.trim().replace(/%$/, ''));
    if (value !== null && Number.isSafeInteger(value) && value >= 0) return value;
    ctx.addIssue({
      code: 'custom',
      message: 'Write a whole number, a size such as 512M or 2G, or unlimited.',
    });
    return z.NEVER;
  })
  .meta({
    type: ['number', 'string', 'null'],
    description: 'A whole number, a size such as 512M, or unlimited (null).',
  });
