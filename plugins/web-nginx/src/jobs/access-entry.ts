/** One line of the shared access log; the names are those of `log-format.ts`. */
export type AccessEntry = Record<
  | 'site'
  | 'time'
  | 'address'
  | 'user'
  | 'method'
  | 'uri'
  | 'protocol'
  | 'status'
  | 'bytes'
  | 'cache'
  | 'referer'
  | 'agent',
  string
>;

const FIELDS: (keyof AccessEntry)[] = [
  'site',
  'time',
  'address',
  'user',
  'method',
  'uri',
  'protocol',
  'status',
  'bytes',
  'cache',
  'referer',
  'agent',
];

/** Null for a line that is not one of ours, or belongs to no site. Missing fields are empty. */
export function parseAccess(line: string): AccessEntry | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    const entry = Object.fromEntries(
      FIELDS.map((key) => [key, typeof value[key] === 'string' ? value[key] : '']),
    ) as AccessEntry;
    return /^[1-9]\d{0,9}$/.test(entry.site) && /^\d{4}-\d\d-\d\dT/.test(entry.time) ? entry : null;
  } catch {
    return null;
  }
}
