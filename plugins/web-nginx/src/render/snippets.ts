import { readFileSync } from 'node:fs';

/** Texts without any value, from the folder templates/: name below /etc/nginx/tenpanel. */
const NAMES = [
  'front.conf',
  'guard.conf',
  'gzip.conf',
  'origin.conf',
  'tls.conf',
  'suspended.conf',
  'disabled.conf',
  'maintenance.conf',
  'unknown.conf',
  'backend-base.conf',
  'backend-files.conf',
  'php.conf',
  'proxy-out.conf',
  'proxy-host.conf',
  'pages/suspended.html',
  'pages/disabled.html',
  'pages/maintenance.html',
  'pages/unknown.html',
] as const;

export function readSnippets(): { path: string; content: string }[] {
  return NAMES.map((path) => ({
    path,
    content: readFileSync(new URL(`../../templates/${path}`, import.meta.url), 'utf8'),
  }));
}

/** The page that greets at a new site's address until its owner puts a file there. */
export function readWelcome(): string {
  return readFileSync(new URL('../../templates/pages/welcome.html', import.meta.url), 'utf8');
}

export function readLogrotate(): string {
  return readFileSync(new URL('../../templates/logrotate', import.meta.url), 'utf8');
}
