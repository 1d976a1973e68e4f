/** Any number that no other advisory lock of the panel has as its class. */
const CLASS = 0x10ea5e;

/**
 * Taken on the connection that a process keeps for notifications: the server lets go of it in the moment in which the
 * process dies, long before the lease would end. Shared, so that a new connection never waits for a lost one.
 */
export const HOLD_LEASE = `select pg_advisory_lock_shared(${CLASS}, hashtext($1))`;

/** SQL condition: nobody alive holds the lease in `column` (a uuid). What it held may be taken at once. */
export const deadLease = (column: string): string =>
  `not exists (select 1 from pg_locks l
     where l.locktype = 'advisory' and l.classid = ${CLASS} and l.objsubid = 2 and l.granted
       and l.database = (select oid from pg_database where datname = current_database())
       and l.objid = (hashtext(${column}::text)::bigint & 4294967295)::oid)`;
