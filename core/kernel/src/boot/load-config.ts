import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { KernelConfig } from '../contracts.js';
import { configSchema } from './config-schema.js';

/**
 * Read the file that `TENPANEL_CONFIG` names (default `/etc/tenpanel/tenpanel.json`). `DATABASE_URL` and `REDIS_URL`
 * from the environment win over it. Throws an Error whose message names every wrong field.
 */
export async function loadConfig(env: NodeJS.ProcessEnv = process.env): Promise<KernelConfig> {
  const file = env['TENPANEL_CONFIG'] ?? '/etc/tenpanel/tenpanel.json';
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read';
    throw new Error(
      `The configuration file ${file} ${why}. Run \`tenpanel setup\`, or name another file in TENPANEL_CONFIG.`,
      { cause: error },
    );
  }
  const parsed = configSchema.safeParse({
    ...(json as object),
    ...(env['DATABASE_URL'] && { databaseUrl: env['DATABASE_URL'] }),
    ...(env['REDIS_URL'] && { redisUrl: env['REDIS_URL'] }),
  });
  if (!parsed.success)
    throw new Error(`The configuration file ${file} is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
