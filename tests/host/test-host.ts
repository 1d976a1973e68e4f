import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./testhost', import.meta.url));
/** Where the repository stands on the test server, as a deployed panel would. */
export const application = '/opt/tenpanel/app';
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Why this machine cannot boot the test server, or null when it can. */
export function hostSkipReason(): string | null {
  if (process.platform !== 'linux') return 'the test server needs Linux';
  if (process.getuid?.() !== 0) return 'the test server needs root';
  if (!existsSync('/usr/bin/apt-get')) return 'the test server is built with Debian packages';
  try {
    execFileSync('/usr/bin/unshare', ['--mount', '/bin/true'], { stdio: 'ignore' });
  } catch {
    return 'this machine forbids mount namespaces';
  }
  return null;
}

function run(
  file: string,
  argv: string[],
  options: { input?: string; timeout?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      argv,
      { timeout: options.timeout ?? 120_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(options.input ?? '');
  });
}

/**
 * A whole Debian 13 server with systemd and every service, booted as a container in seconds. Its changes are thrown
 * away when it stops. It has a loopback interface only.
 */
export class TestHost {
  private constructor(readonly name: string) {}

  /** `binds` are `source:destination` folders of this machine; the repository is always there as the deployed panel. */
  static async start(name: string, binds: string[] = []): Promise<TestHost> {
    await run(script, ['down', name]);
    const up = await run(script, ['up', name, `${repository}:${application}`, ...binds], {
      timeout: 900_000,
    });
    if (up.code !== 0) throw new Error(`the test server did not boot: ${up.stdout}${up.stderr}`);
    return new TestHost(name);
  }

  /** A server that is up already. */
  static at(name: string): TestHost {
    return new TestHost(name);
  }

  exec(argv: string[], options: { input?: string; timeout?: number } = {}): Promise<Outcome> {
    return run(script, ['exec', this.name, ...argv], options);
  }

  /** Like `exec`, but an exit code other than 0 is an error that shows what was printed. */
  async must(argv: string[], options: { input?: string; timeout?: number } = {}): Promise<string> {
    const outcome = await this.exec(argv, options);
    if (outcome.code !== 0)
      throw new Error(`${argv.join(' ')} ended with ${outcome.code}\n${outcome.stdout}\n${outcome.stderr}`);
    return outcome.stdout;
  }

  /** The `tenpanel` command as root on that server, with its JSON answer. */
  async panel<T>(...words: string[]): Promise<T> {
    return JSON.parse(
      await this.must(['/usr/local/bin/tenpanel', ...words, '--json'], { timeout: 180_000 }),
    ) as T;
  }

  /** Ask for a page as a visitor would, by curl from inside. */
  async get(
    domain: string,
    path = '/',
    extra: string[] = [],
  ): Promise<{ status: number; headers: Record<string, string>; body: string }> {
    const out = await this.must([
      'curl',
      '-s',
      '-i',
      '--max-time',
      '30',
      '--resolve',
      `${domain}:80:127.0.0.1`,
      ...extra,
      `http://${domain}${path}`,
    ]);
    const split = out.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = out.slice(0, split).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    return { status: Number(statusLine.split(' ')[1]), headers, body: out.slice(split + 4) };
  }

  async stop(): Promise<void> {
    await run(script, ['down', this.name]);
  }
}
