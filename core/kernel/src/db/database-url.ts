/** Parts of a `postgresql://user:password@host:port/database` URL; `?host=/folder` names a unix socket folder. */
export interface DatabaseAddress {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** @throws Error that names the wrong part, without the password. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(
      'The database URL cannot be read. Write it as postgresql://user:password@host:5432/database.',
    );
  }
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') {
    throw new Error(`The database URL begins with ${url.protocol}//. Only postgresql:// is supported.`);
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '')
    throw new Error('The database URL names no database. Put its name after the last slash.');
  return {
    host: url.searchParams.get('host') ?? (decodeURIComponent(url.hostname) || 'localhost'),
    port: Number(url.searchParams.get('port') ?? (url.port || 5432)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
}

export function formatDatabaseUrl(address: DatabaseAddress): string {
  const name = encodeURIComponent(address.user);
  const credentials = address.password === '' ? name : `${name}:${encodeURIComponent(address.password)}`;
  const database = encodeURIComponent(address.database);
  if (address.host.startsWith('/')) {
    return `postgresql://${credentials}@localhost:${address.port}/${database}?host=${encodeURIComponent(address.host)}`;
  }
  const host =
    address.host.includes(':') && !address.host.startsWith('[') ? `[${address.host}]` : address.host;
  return `postgresql://${credentials}@${host}:${address.port}/${database}`;
}

/** The same server and role, another database. */
export function withDatabase(url: string, database: string): string {
  return formatDatabaseUrl({ ...parseDatabaseUrl(url), database });
}
