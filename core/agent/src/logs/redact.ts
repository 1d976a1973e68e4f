import { createHash } from 'node:crypto';

/** Arguments as the log may keep them: no file contents, no values of commands (they may be secrets), nothing long. */
export function redact(op: string, args: unknown): unknown {
  return shorten(args, op === 'exec');
}

function shorten(value: unknown, isExec: boolean): unknown {
  if (typeof value === 'string') return value.length > 200 ? `${value.slice(0, 200)}…` : value;
  if (Array.isArray(value)) return value.slice(0, 50).map((each) => shorten(each, isExec));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'content' && typeof inner === 'string') return [key, summary(inner)];
      if (key === 'args' && isExec && typeof inner === 'object' && inner !== null)
        return [key, Object.keys(inner)];
      return [key, shorten(inner, isExec)];
    }),
  );
}

function summary(content: string): string {
  return `${Buffer.byteLength(content)} bytes, sha256 ${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
}
