import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemplates } from '@tenpanel/testing';
import { parseIni } from '@tenpanel/sdk';
import { describe, expect, it } from 'vitest';
import type { PhpSiteSpec } from '../sites/site-entity.js';
import type { PoolContent } from './pool-content.js';
import type { PhpPool } from './pool-entity.js';
import { renderPool } from './render-pool.js';

const kit = { render: createTemplates(join(import.meta.dirname, '../..')) };
const defaults = { disabledFunctions: 'exec,system', sendmailPath: '/usr/sbin/sendmail', extraFolders: '' };
const base = {
  tenantId: 2,
  generation: 1,
  observedGeneration: 0,
  conditions: [],
  finalizers: [],
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

function pool(siteId: number | null = null): PhpPool {
  return {
    ...base,
    id: 5,
    accountId: 3,
    spec: { accountId: 3, account: 'alice', version: '8.4', slot: '8.4', siteId },
  };
}

function content(
  specs: Partial<PhpSiteSpec>[],
  workers: number | null = 8,
  documentRoot?: string,
): PoolContent {
  return {
    account: {
      id: 3,
      tenantId: 2,
      name: 'alice',
      home: '/home/alice',
      planId: 1,
      suspended: false,
      suspendedReason: null,
      ready: true,
    },
    workers,
    sites: specs.map((spec, index) => {
      const siteId = 10 + index;
      const domain = `site${index}.test`;
      const root = documentRoot ?? `/home/alice/domains/${domain}/public_html`;
      return {
        row: {
          ...base,
          id: index + 1,
          siteId,
          accountId: 3,
          spec: {
            siteId,
            accountId: 3,
            account: 'alice',
            domain,
            version: '8.4',
            ini: {},
            pool: null,
            ...spec,
          },
        },
        facts: {
          id: siteId,
          tenantId: 2,
          accountId: 3,
          account: 'alice',
          domain,
          aliases: [],
          type: 'php',
          documentRoot: root,
          suspended: false,
        },
      };
    }),
  };
}

const value = (text: string, section: string, key: string): string | undefined =>
  parseIni(text)
    .find((each) => each.name === section)
    ?.entries.find(([name]) => name === key)?.[1];

describe('the files of a pool', () => {
  it('are as agreed', async () => {
    const files = renderPool(
      kit,
      pool(),
      content([{ ini: { memory_limit: '512M', error_reporting: 'all', display_errors: true } }, {}]),
      defaults,
    );
    await expect(files.conf).toMatchFileSnapshot('__golden__/alice.conf');
    await expect(files.ini).toMatchFileSnapshot('__golden__/alice.ini');
  });

  it('run as the account, inside its home, on a socket that only the web server can open', () => {
    const { conf } = renderPool(kit, pool(), content([{}]), defaults);
    expect(value(conf, 'alice', 'user')).toBe('alice');
    expect(value(conf, 'alice', 'listen')).toBe('/run/tenpanel-php/8.4/alice.sock');
    expect(value(conf, 'alice', 'listen.group')).toBe('tenpanel-php');
    expect(value(conf, 'alice', 'php_admin_value[open_basedir]')).toBe('/home/alice/:/tmp/:/usr/share/php/');
    expect(value(conf, 'alice', 'security.limit_extensions')).toBe('.php');
  });

  it('hold a site with pool settings of its own in a master of its own', () => {
    const own = {
      mode: 'dynamic',
      maxChildren: 50,
      idleTimeoutSeconds: 9,
      maxRequests: 7,
      terminateTimeoutSeconds: 90,
    } as const;
    const { conf, ini } = renderPool(
      kit,
      pool(10),
      content([{ pool: own, ini: { 'opcache.memory_consumption': 256 } }], 20),
      defaults,
    );
    expect(value(conf, 'alice-10', 'listen')).toBe('/run/tenpanel-php/8.4/alice-10.sock');
    expect(value(conf, 'alice-10', 'pm')).toBe('dynamic');
    expect(value(conf, 'alice-10', 'pm.max_children'), 'the plan is the ceiling').toBe('20');
    expect(value(conf, 'alice-10', 'pm.max_spare_servers')).toBe('10');
    expect(value(ini, 'PHP', 'opcache.memory_consumption')).toBe('256');
  });

  it('let the master take the largest body of its sites', () => {
    const { ini } = renderPool(
      kit,
      pool(),
      content([{ ini: { post_max_size: '1G' } }, { ini: { post_max_size: '8M' } }]),
      defaults,
    );
    expect(value(ini, 'PHP', 'post_max_size')).toBe('1G');
    expect(value(ini, 'PATH=/home/alice/domains/site1.test/public_html', 'post_max_size')).toBe('8M');
  });

  it.each(['/home/alice/domains/a]\n[evil', '/home/alice/a b', '/home/alice/${x}', '/home/alice/"'])(
    'are refused for the folder %j',
    (root) => {
      expect(() => renderPool(kit, pool(), content([{}], 8, root), defaults)).toThrow();
    },
  );

  it.each(['x\nuser = root', 'a"b', '$pool'])('are refused for the value %j', (bad) => {
    expect(() => renderPool(kit, pool(), content([{ ini: { 'date.timezone': bad } }]), defaults)).toThrow();
    expect(() => renderPool(kit, pool(), content([{}]), { ...defaults, disabledFunctions: bad })).toThrow();
  });
});

const installed = ['8.4', '8.2', '7.4'].filter((version) => existsSync(`/usr/sbin/php-fpm${version}`));

describe.skipIf(installed.length === 0)('PHP-FPM itself', () => {
  it.each(installed)('%s takes the files', (version) => {
    const dir = mkdtempSync(join(tmpdir(), 'tenpanel-php-'));
    try {
      const files = renderPool(kit, pool(), content([{ ini: { memory_limit: '512M' } }, {}]), defaults);
      writeFileSync(join(dir, 'a.ini'), files.ini);
      const conf = files.conf
        .replaceAll('"/var/log/tenpanel-php/slow.log"', `"${dir}/slow.log"`)
        .replaceAll('"alice"', '"nobody"')
        .replaceAll('"/home/alice"', '"/"');
      writeFileSync(
        join(dir, 'a.conf'),
        conf.replace('group = "nobody"', 'group = "nogroup"').replace('"tenpanel-php"', '"nogroup"'),
      );
      execFileSync(
        `/usr/sbin/php-fpm${version}`,
        ['-t', '-c', join(dir, 'a.ini'), '-y', join(dir, 'a.conf')],
        { stdio: 'pipe' },
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
