import type { Logger } from '@tenpanel/sdk';
import { pino } from 'pino';

/** JSON lines on stdout. Values under names that usually hold secrets are never written. */
export function createLog(name: string, level = 'info'): Logger {
  const secret = ['password', 'secret', 'token', 'authorization', 'cookie'];
  return pino({
    name,
    level,
    redact: { paths: secret.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    serializers: { err: pino.stdSerializers.err },
  }) as unknown as Logger;
}
