import { execFile } from 'node:child_process';
import { cp, mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { application, repository, type Outcome } from '../host/test-host.js';

const script = fileURLToPath(new URL('../host/testhost', import.meta.url));
/** What a deployed panel consists of. */
const parts = [
  'core',
  'sdk',
  'plugins',
  'docs',
  'themes',
  'ui',
  'scripts',
  'node_modules',
  'package.json',
  'package-lock.json',
  'plugin-registry.json',
];

/** Services of the image that the limits have nothing to do with: every one costs seconds where all is emulated. */
const unneeded = [
  'crowdsec dovecot firewalld ldconfig mariadb named polkit postfix postgresql prometheus prometheus-node-exporter',
  'redis-server rspamd supervisor systemd-journal-catalog-update vsftpd php7.4-fpm php8.2-fpm',
].flatMap((names) => names.split(' '));
const kernelArguments = unneeded.map((name) => `systemd.mask=${name}.service`).join(' ');

function run(file: string, argv: string[], timeout: number, input = ''): Promise<Outcome> {
  const env = { ...process.env, TESTHOST_APPEND: kernelArguments };
  return new Promise((resolve) => {
    const options = { timeout, env, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(file, argv, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
    // A program that has ended does not read; its exit code says why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

async function must(file: string, argv: string[], timeout: number, input = ''): Promise<string> {
  const outcome = await run(file, argv, timeout, input);
  if (outcome.code !== 0)
    throw new Error(
      `${file} ${argv.join(' ')} ended with ${outcome.code}\n${outcome.stdout}\n${outcome.stderr}`,
    );
  return outcome.stdout;
}

/** The same Debian server in QEMU, with real cgroup v2 controllers and quotas; the built panel is its second disk. */
export class TestVm {
  private constructor(private readonly folder: string) {}

  static async start(): Promise<TestVm> {
    await run(script, ['vm-down'], 60_000);
    const folder = await mkdtemp(join(tmpdir(), 'tenpanel-vm-'));
    const disk = join(folder, 'panel.img');
    const content = join(folder, 'content');
    await mkdir(content);
    for (const part of parts)
      await cp(join(repository, part), join(content, part), { recursive: true, verbatimSymlinks: true });
    await must('/usr/bin/truncate', ['-s', '2G', disk], 10_000);
    await must('/sbin/mkfs.ext4', ['-q', '-d', content, disk], 300_000);
    await rm(content, { recursive: true });
    await must(script, ['vm-up', disk], 900_000);
    const vm = new TestVm(folder);
    await vm.must(`mkdir -p ${application} && mount -o ro /dev/vdb ${application}`);
    return vm;
  }

  /** The panel as the documents tell, for production under systemd. */
  async setUp(): Promise<void> {
    const command = `${application}/node_modules/.bin/node ${application}/core/cli/bin/tenpanel.js`;
    // It may be repeated at any time, and goes on where it was: on a busy machine its own waits are too short here.
    const first = await this.exec(`${command} setup --production --yes`, '', 900_000);
    if (first.stdout.includes('does not answer') || first.stderr.includes('does not answer'))
      await this.must(`${command} setup --production --yes`, '', 900_000);
    else if (first.code !== 0) throw new Error(`set-up failed\n${first.stdout}\n${first.stderr}`);
  }

  /** A command line for the remote shell of the test server (this is a test's own words, never user input). */
  exec(command: string, input = '', timeout = 300_000): Promise<Outcome> {
    return run(script, ['vm-exec', command], timeout, input);
  }

  must(command: string, input = '', timeout = 300_000): Promise<string> {
    return must(script, ['vm-exec', command], timeout, input);
  }

  /** The `tenpanel` command as root. Starting it takes 10 to 30 seconds here, so what is only looked at is asked by `api`. */
  async panel<T>(words: string): Promise<T> {
    return JSON.parse(await this.must(`/usr/local/bin/tenpanel ${words} --json`)) as T;
  }

  /** What the command asks: the API on root's local socket. Throws the panel's own words when it refuses. */
  async api<T>(method: string, path: string, body?: object): Promise<T> {
    const sent = body === undefined ? '' : `-H 'content-type: application/json' --data-binary @-`;
    const said = await this.must(
      `curl -sS --max-time 240 -w '\\n%{http_code}' -X ${method} ${sent} --unix-socket /run/tenpanel/panel.sock 'http://localhost/api${path}'`,
      body === undefined ? '' : JSON.stringify(body),
    );
    const at = said.lastIndexOf('\n');
    if (!/^2/.test(said.slice(at + 1))) throw new Error(`${method} ${path}: ${said}`);
    return JSON.parse(said.slice(0, at)) as T;
  }

  async stop(): Promise<void> {
    await run(script, ['vm-down'], 60_000);
    await rm(this.folder, { recursive: true, force: true });
  }
}
