import { format } from 'node:util';
import type { Logger } from '@tenpanel/sdk';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Silent, unless `TENPANEL_TEST_LOG` names a level (`debug`, `info`, `warn`, `error`). */
export const testLog: Logger = Object.fromEntries(
  LEVELS.map((level, index) => [
    level,
    (...parts: unknown[]) => {
      const wanted = LEVELS.findIndex((name) => name === process.env['TENPANEL_TEST_LOG']);
      if (wanted >= 0 && index >= wanted) process.stderr.write(`${level}: ${format(...parts.reverse())}\n`);
    },
  ]),
) as unknown as Logger;
