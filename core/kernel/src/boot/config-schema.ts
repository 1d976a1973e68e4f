import { isAbsolute } from 'node:path';
import { z } from 'zod';

const folder = z.string().refine(isAbsolute, 'write an absolute path');
const socket = folder.refine(
  (path) => Buffer.byteLength(path) <= 107,
  'a socket path has at most 107 bytes (man 7 unix)',
);
const database = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'write postgresql://user:password@host:5432/database');

/** The panel's configuration file. Its reader is the panel's user; it holds database passwords and is 0600. */
export const configSchema = z.strictObject({
  ownerDatabaseUrl: database,
  databaseUrl: database,
  redisUrl: z
    .string()
    .regex(/^rediss?:\/\//, 'write redis://host:6379')
    .nullable()
    .default(null),
  agentSocket: socket,
  listen: z.strictObject({ host: z.string().min(1), port: z.number().int().min(0).max(65535) }).nullable(),
  localSocket: socket.nullable().default(null),
  publicUrl: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin),
  stateDir: folder,
  pluginDirs: z.array(folder),
  trustedProxies: z.array(z.string()).default([]),
  safeMode: z.boolean().default(false),
});
