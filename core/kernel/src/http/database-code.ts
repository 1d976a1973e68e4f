/** SQLSTATE of a failed statement, however often the error was wrapped; null for anything else. */
export function databaseCode(error: unknown): string | null {
  for (
    let current = error, hops = 0;
    current instanceof Error && hops < 4;
    current = current.cause, hops += 1
  ) {
    if ('code' in current && typeof current.code === 'string' && /^[0-9A-Z]{5}$/.test(current.code))
      return current.code;
  }
  return null;
}
