import { iniKey, iniSection, parseIni, parseSize, type PluginKit } from '@tenpanel/sdk';
import { iniLine, siteLines, type IniLine } from '../options/ini-line.js';
import { phpOptions } from '../options/options.js';
import { defaultPool } from '../options/pool-settings.js';
import type { PhpPool } from './pool-entity.js';
import type { PoolContent } from './pool-content.js';
import { instanceOf, socketOf } from './pool-key.js';

const UNLIMITED_WORKERS = 100;

export interface PoolDefaults {
  disabledFunctions: string;
  sendmailPath: string;
  extraFolders: string;
}

export interface PoolFiles {
  conf: string;
  ini: string;
}

/** The two files of one master: its pool, and its php.ini with one `[PATH=]` section a site. */
export function renderPool(
  kit: Pick<PluginKit, 'render'>,
  pool: PhpPool,
  content: PoolContent,
  defaults: PoolDefaults,
): PoolFiles {
  const { account, sites } = content;
  const instance = instanceOf(pool.spec);
  const own =
    pool.spec.siteId === null
      ? null
      : (sites.find(({ row }) => row.siteId === pool.spec.siteId)?.row.spec ?? null);
  const settings = { ...defaultPool, ...own?.pool };
  const ceiling = content.workers ?? UNLIMITED_WORKERS;
  const maxChildren = Math.max(1, own ? Math.min(settings.maxChildren, ceiling) : ceiling);
  const folders = [
    `${account.home}/`,
    '/tmp/',
    '/usr/share/php/',
    ...defaults.extraFolders.split(':').filter(Boolean),
  ];
  const conf = kit.render('pool.ini.eta', {
    header: iniSection(instance),
    pool: instance,
    account: account.name,
    home: account.home,
    socket: socketOf(pool.spec),
    mode: settings.mode,
    maxChildren,
    spares: Math.max(1, Math.ceil(maxChildren / 4)),
    idleTimeout: settings.idleTimeoutSeconds,
    maxRequests: settings.maxRequests,
    terminateTimeout: settings.terminateTimeoutSeconds,
    openBasedir: folders.join(':'),
    disabledFunctions: defaults.disabledFunctions,
    sendmail: `${defaults.sendmailPath} -t -i -f ${account.name}`,
    temporary: `${account.home}/domains/.tmp`,
  });
  const sections = sites.map(({ row, facts }) => {
    const root = `${account.home}/domains/${facts.domain}`;
    return {
      header: iniSection(`PATH=${facts.documentRoot}`),
      lines: [
        ...siteLines(row.spec.ini),
        { key: iniKey('error_log'), value: `${root}/logs/php-errors.log` },
        { key: iniKey('session.save_path'), value: `${root}/tmp/sessions` },
        { key: iniKey('upload_tmp_dir'), value: `${root}/tmp` },
      ],
    };
  });
  const ini = kit.render('php.ini.eta', { base: baseLines(content, own?.ini ?? {}), sections });
  readBack(conf, ['global', instance]);
  readBack(ini, ['PHP', ...sites.map(({ facts }) => `PATH=${facts.documentRoot}`), 'PHP']);
  return { conf, ini };
}

/**
 * What holds for the whole master. A form that is no upload is read before PHP looks at folders, so the master must take
 * the largest body that one of its sites takes; the smaller ones are held by their section.
 */
function baseLines(content: PoolContent, own: Record<string, string | number | boolean>): IniLine[] {
  return phpOptions.map((option) => {
    if (option.scope === 'pool') return iniLine(option.name, own[option.name] ?? option.default);
    if (option.name !== 'post_max_size') return iniLine(option.name, option.default);
    const sizes = [
      option.default,
      ...content.sites.map(({ row }) => row.spec.ini['post_max_size'] ?? option.default),
    ].map(String);
    return iniLine(
      option.name,
      sizes.reduce((a, b) => ((parseSize(b) ?? 0) > (parseSize(a) ?? 0) ? b : a)),
    );
  });
}

/** php-fpm -t accepts an injected pool; a file with other sections than we meant never leaves this function. */
function readBack(text: string, names: string[]): void {
  const found = parseIni(text).map((section) => section.name);
  if (found.length !== names.length || found.some((name, index) => name !== names[index])) {
    throw new Error(`The PHP configuration holds sections that nobody asked for: ${found.join(', ')}.`);
  }
}
