import { readFileSync } from 'node:fs';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import type { Layout } from '../layout/layout.js';
import type { Target } from './client.js';

/** `TENPANEL_URL` with `TENPANEL_TOKEN` (and `TENPANEL_CA`, a PEM file), else the local administration socket. */
export function target(layout: Layout, env: NodeJS.ProcessEnv = process.env): Target {
  const url = env['TENPANEL_URL'];
  if (!url) return { socket: env['TENPANEL_SOCKET'] ?? layout.localSocket };
  const token = env['TENPANEL_TOKEN'];
  if (!token)
    throw new CliError('TENPANEL_URL is set, but TENPANEL_TOKEN is not.', ExitCode.usage, [
      'Make a token in the panel or with "tenpanel tokens create".',
    ]);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CliError(
      'TENPANEL_URL must be an address such as https://panel.example.com:8443.',
      ExitCode.usage,
    );
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    throw new CliError('TENPANEL_URL must use https: a token must not travel in the clear.', ExitCode.usage);
  }
  const ca = env['TENPANEL_CA'];
  return { url, token, ...(ca ? { ca: readFileSync(ca, 'utf8') } : {}) };
}
