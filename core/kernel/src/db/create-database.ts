import {
  MikroORM,
  PostgreSqlConnection,
  PostgreSqlDriver,
  type EntityManager,
  type EntitySchema,
} from '@mikro-orm/postgresql';
import type { Logger } from '@tenpanel/sdk';
import type { Database } from '../contracts.js';
import { parseDatabaseUrl } from './database-url.js';
import { kernelEntities } from './kernel-entities.js';
import { Listener } from './listener.js';
import { sql } from './sql.js';
import { tenantFilter } from './tenant-filter.js';
import { assertTenantPath } from './tenant-path.js';
import { bindScope, inScope, runInScope, TransactionScope } from './transaction-scope.js';

export interface DatabaseOptions {
  /** URL of the app role. Migrations must have run. */
  url: string;
  /** Entities of identity and of all running plugins; the kernel's own are added. */
  entities?: readonly EntitySchema[];
  log: Logger;
  /** Connections of the main pool; default 20. */
  poolSize?: number;
  /** Called with every statement of the ORM's pools, for tests that count. */
  onStatement?: (text: string) => void;
}

export interface KernelDatabase extends Database {
  /** `onReconnect` is called when notifications may have been missed: look at the tables then. */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onReconnect?: () => void,
  ): Promise<() => Promise<void>>;
  /** What is leased under this name is not taken over by others while this process lives. */
  holdLease(lease: string): Promise<void>;
}

const SESSION =
  '-c lock_timeout=20000 -c idle_in_transaction_session_timeout=120000 -c statement_timeout=120000';

/** The ORM over the app role's pool. Every entity with `tenantId` gets the tenant filter. */
export async function createDatabase(options: DatabaseOptions): Promise<KernelDatabase> {
  const { host, port, user, password, database } = parseDatabaseUrl(options.url);
  const entities = [...kernelEntities, ...(options.entities ?? [])];
  const scoped = entities.filter((entity) => 'tenantId' in entity.meta.properties);
  const orm = await MikroORM.init({
    driver: PostgreSqlDriver,
    entities,
    host,
    port,
    user,
    password,
    dbName: database,
    pool: { min: 0, max: options.poolSize ?? 20 },
    driverOptions: { options: SESSION, application_name: 'tenpanel', connectionTimeoutMillis: 30_000 },
    filters: { tenant: tenantFilter(scoped) },
    forceUtcTimezone: true,
    // Others may touch `updated_at` and queue columns of the same rows; only what was changed is written.
    useBatchUpdates: false,
    discovery: { warnWhenNoEntities: false },
    // The log of the panel is JSON; a line that the ORM writes by itself would break it.
    logger: (message) => options.log.debug(message),
    colors: false,
    ...(options.onStatement ? { onQuery: (text: string) => (options.onStatement?.(text), text) } : {}),
  });
  await orm.connect();
  const listener = new Listener(options.url, options.log);
  const pool = async (name: string, more: string, max: number): Promise<PostgreSqlConnection> => {
    const driverOptions = { options: `${SESSION} -c app.tenant=/${more}`, application_name: name, max };
    const connection = new PostgreSqlConnection(orm.config, {
      host,
      port,
      user,
      password,
      dbName: database,
      driverOptions,
    });
    await connection.connect({ skipOnConnect: true });
    return connection;
  };
  const reading = await pool('tenpanel-reader', ' -c default_transaction_read_only=on', 10);
  const beside = await pool('tenpanel-aside', '', 4);

  // Not a transaction: the executor of queries, on connections that see every tenant.
  const outside = (connection: PostgreSqlConnection) => {
    const em = orm.em.fork();
    em.setFilterParams('tenant', { path: '/' });
    em.setTransactionContext(connection.getClient());
    return em;
  };

  const run = async <T>(
    path: string,
    readOnly: boolean,
    work: (em: EntityManager) => Promise<T>,
  ): Promise<T> => {
    // A transaction that waits for another connection while it holds one: when all do, none goes on.
    if (inScope())
      throw new Error('A transaction was begun inside another one. Use the entity manager at hand.');
    const scope = new TransactionScope(assertTenantPath(path), readOnly);
    return runInScope(scope, () =>
      orm.em.fork().transactional(
        async (em) => {
          bindScope(em, scope);
          await sql(em, `select set_config('app.tenant', $1, true)`, [path]);
          em.setFilterParams('tenant', { path });
          const result = await work(em);
          if (!readOnly) {
            await em.flush();
            await scope.finish(em);
          }
          return result;
        },
        { readOnly },
      ),
    );
  };

  return {
    orm,
    transaction: (path, work) => run(path, false, work),
    read: (path, work) => run(path, true, work),
    aside(work) {
      const scope = new TransactionScope('/', false);
      return beside
        .getClient()
        .transaction()
        .execute(async (transaction) => {
          const em = orm.em.fork();
          em.setFilterParams('tenant', { path: '/' });
          em.setTransactionContext(transaction);
          bindScope(em, scope);
          const result = await runInScope(scope, () => work(em));
          await em.flush();
          await scope.finish(em);
          return result;
        });
    },
    systemReader: () => outside(reading),
    systemWriter: () => outside(beside),
    holdLease: (lease) => listener.holdLease(lease),
    listen: (channel, onPayload, onReconnect) => listener.listen(channel, onPayload, onReconnect),
    async close() {
      await listener.close();
      await reading.close();
      await beside.close();
      await orm.close(true);
    },
  };
}
