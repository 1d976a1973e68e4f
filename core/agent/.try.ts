import { mkdirSync, writeFileSync, readFileSync, existsSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { connectAgent, type Driver } from '@tenpanel/protocol';
const nginx: Driver = {
  id: 'ng', version: 1,
  roots: { confd: { path: '/etc/nginx/conf.d', pattern: '[a-z0-9.-]+\\.conf', mode: '0644' } },
  services: {
    nginx: { unit: 'nginx.service', foreground: { program: '/usr/sbin/nginx', argv: ['-g', 'daemon off;'] },
      reload: { kind: 'service' }, validators: [{ program: '/usr/sbin/nginx', argv: ['-t', '-q'] }],
      probe: { kind: 'http', socket: '/run/tenpanel/nginx-generation.sock', path: '/', expect: '{generation}',
        generationFile: { root: 'confd', path: '00-generation.conf', content: 'server { listen unix:/run/tenpanel/nginx-generation.sock; location / { return 200 "{generation}"; } }\n' } } },
    ondemand: { unit: 'tp-demand@{instance}.service', instancePattern: '[a-z]+',
      unitFiles: {
        'tp-demand@.service': '[Service]\nExecStart=/usr/bin/sleep 1000\nSlice=tenpanel-%i.slice\n',
        'tp-demand@.socket': '[Socket]\nListenStream=/run/tp-demand-%i.sock\n[Install]\nWantedBy=sockets.target\n',
      },
      foreground: { program: '/usr/bin/sleep', argv: ['1000'] }, reload: { kind: 'signal', signal: 'HUP' }, validators: [],
      probe: { kind: 'connect', socket: '/run/tp-demand-{instance}.sock' }, idleStop: 5 },
  },
  commands: { whoami: { program: '/usr/bin/id', argv: [], args: { account: { pattern: '[a-z0-9]+', maxLength: 16 } }, runAs: '{account}' } },
  logs: { access: { path: '/var/log/nginx/access.log' } }, globs: { fpm: '/usr/sbin/php-fpm*' },
  packages: { base: { debian: ['nginx', 'nope-nope'], rhel: ['nginx'] } }, repositories: {},
  groups: { tptest: { members: { debian: ['www-data'], rhel: ['nginx'] } } },
  directories: [{ path: '/run/tenpanel', mode: '0755' }],
};
mkdirSync('/etc/tenpanel/drivers.d', { recursive: true });
writeFileSync('/etc/tenpanel/drivers.d/ng.json', JSON.stringify(nginx));
const child = spawn(process.execPath, ['--no-warnings', '--conditions=source', '--import', '/work/main/core/agent/src/testing/source-loader.mjs', '/work/main/core/agent/src/main.ts'], { stdio: 'inherit' });
const a = connectAgent('/run/tenpanel/agent.sock');
const show = async (what: string, p: Promise<unknown>) => { const s = performance.now(); const r = await p.catch((e: Error & {code?: string}) => `${e.code}: ${e.message}`); console.log(what, Math.round(performance.now() - s), 'ms', JSON.stringify(r)?.slice(0, 600)); return r; };
const vhost = (n: number, body: string, g = 1) => ({ driver: 'ng', service: 'nginx', resource: `vhost/${n}`, generation: g, files: [{ root: 'confd', path: `site${n}.test.conf`, content: body }] });
const ok = (n: number) => `server { listen 80; server_name site${n}.test; location / { return 200 "site ${n}\\n"; } }\n`;
await show('info', a.call('agent.info', {}));
await show('start', a.call('service.enable', { driver: 'ng', service: 'nginx' }));
await show('apply', a.call('config.apply', vhost(1, ok(1))));
await show('apply2', a.call('config.apply', vhost(2, ok(2))));
await show('bad', a.call('config.apply', vhost(3, 'server { listen 80; serverr_name x; }')));
const t0 = performance.now();
const many = await Promise.allSettled(Array.from({ length: 300 }, (_, i) => a.call('config.apply', vhost(100 + i, i === 150 ? 'bogus on;' : ok(100 + i)))));
console.log('300 changes', Math.round(performance.now() - t0), 'ms; failed', many.filter((m) => m.status === 'rejected').length);
await show('one more', a.call('config.apply', vhost(4, ok(4))));
await show('drift', a.call('config.drift', { driver: 'ng' }));
await show('account', a.call('account.ensure', { account: 'alice', shell: false }));
await show('account', a.call('account.ensure', { account: 'bob', shell: true }));
await show('mkdir', a.call('tenant.mkdir', { account: 'alice', path: 'domains/x.test/public_html', mode: '0755' }));
await show('write', a.call('tenant.write', { account: 'alice', path: 'domains/x.test/public_html/index.html', content: 'hi', encoding: 'utf8', mode: '0644' }));
await show('list', a.call('tenant.list', { account: 'alice', path: '.' }));
await show('escape', a.call('tenant.read', { account: 'alice', path: 'domains/x.test/public_html/index.html', maxBytes: 10 }));
await show('home write', a.call('tenant.write', { account: 'alice', path: 'evil', content: 'hi', encoding: 'utf8', mode: '0644' }));
await show('exec', a.call('exec', { driver: 'ng', command: 'whoami', args: { account: 'alice' } }));
await show('exec root', a.call('exec', { driver: 'ng', command: 'whoami', args: { account: 'root' } }));
await show('lock', a.call('account.lock', { account: 'alice', locked: true }));
await show('unlock', a.call('account.lock', { account: 'alice', locked: false }));
await show('demand', a.call('service.enable', { driver: 'ng', service: 'ondemand', instance: 'alice', account: 'alice' }));
await show('demand start', a.call('service.restart', { driver: 'ng', service: 'ondemand', instance: 'alice' }));
await show('demand stop', a.call('service.disable', { driver: 'ng', service: 'ondemand', instance: 'alice' }));
await show('slice', a.call('slice.set', { account: 'alice', limits: { memoryBytes: 1e8, cpuPercent: 50, processes: 20, ioReadBytesPerSecond: null, ioWriteBytesPerSecond: null, ioWeight: null } }));
await show('quota', a.call('quota.set', { account: 'alice', bytes: 1e9, inodes: null }));
await show('pkg', a.call('package.status', { driver: 'ng', set: 'base' }));
await show('glob', a.call('host.glob', { driver: 'ng', glob: 'fpm' }));
await show('tail', a.call('log.tail', { driver: 'ng', log: 'access', lines: 2 }));
await show('facts', a.call('host.facts', {}));
await show('idle', a.call('service.enable', { driver: 'ng', service: 'ondemand', instance: 'bob' }));
await show('idle', a.call('service.restart', { driver: 'ng', service: 'ondemand', instance: 'bob' }));
await new Promise((r) => setTimeout(r, 26_000));
await show('idle later', a.call('service.status', { driver: 'ng', service: 'ondemand', instance: 'bob' }));
await show('remove', a.call('account.remove', { account: 'alice', purge: false }));
await show('remove', a.call('account.remove', { account: 'alice', purge: true }));
await show('list', a.call('account.list', {}));
console.log(readdirSync('/home'), readdirSync('/home/.removed'));
console.log(readFileSync('/var/log/tenpanel/agent.log', 'utf8').split('\n').filter((l) => !l.includes('site')).slice(0, 6).join('\n'));
a.close(); child.kill('SIGTERM'); child.once('exit', (c) => { console.log('exit', c); process.exit(0); });
