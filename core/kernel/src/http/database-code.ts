/** SQLSTATE of a failed statement, however often the error was wrapped; null for anything else. */
export function databaseCode(error: unknown): string | null {
  return codesOf(error).find((code) => /^[0-9A-Z]{5}$/.test(code)) ?? null;
}

/** SQLSTATEs of a server that refuses or ends connections. */
const AWAY = /^(08...|57P0.|53300)$/;
/** What `pg` says when a connection breaks, without a code. */
const BROKEN =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** Is the server not there, just going or just coming? */
export function isDatabaseAway(error: unknown): boolean {
  return causesOf(error).some(
    (each) =>
      BROKEN.test(each.message) ||
      ('code' in each && AWAY.test(String(each.code))) ||
      // A socket that cannot be reached; other sockets of the panel have other names.
      ('syscall' in each && 'address' in each && /\.s\.PGSQL\./.test(String(each.address))),
  );
}

const codesOf = (error: unknown): string[] =>
  causesOf(error).flatMap((each) => ('code' in each && typeof each.code === 'string' ? [each.code] : []));

function causesOf(error: unknown): Error[] {
  const all: Error[] = [];
  for (let current = error; current instanceof Error && all.length < 4; current = current.cause)
    all.push(current);
  return all;
}
