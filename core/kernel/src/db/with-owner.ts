import pg from 'pg';
import { parseDatabaseUrl } from './database-url.js';

/** One connection with the owner's rights for as long as `work` lasts. */
export async function withOwner<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...parseDatabaseUrl(ownerUrl), application_name: 'tenpanel-migrate' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
