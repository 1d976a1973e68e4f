import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { renderShared } from '../src/render/shared.js';
import { readSnippets } from '../src/render/snippets.js';
import type { WebServerSpec } from '../src/entities/web-server.js';

const run = promisify(execFile);
export const nginxProgram = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path));

export const plainServer: WebServerSpec = {
  ipv6: false,
  caBundle: null,
  cacheSocket: null,
  maxBodyMegabytes: 128,
};

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/**
 * The real nginx over the rendered files, in a folder of its own and on ports of its own: every absolute path of the
 * host is moved below that folder, nothing else is changed.
 */
export class RealNginx {
  private child: ChildProcess | null = null;
  private constructor(
    readonly root: string,
    readonly port: number,
    readonly tlsPort: number,
  ) {}

  static async create(spec: WebServerSpec = plainServer): Promise<RealNginx> {
    const root = await mkdtemp('/tmp/tenpanel-nginx-');
    await chmod(root, 0o755);
    const port = 20000 + Math.floor(Math.random() * 20000);
    const nginx = new RealNginx(root, port, port + 1);
    for (const folder of ['run', 'log', 'acme', 'etc/tenpanel/htpasswd', 'etc/conf.d', 'home'])
      await mkdir(join(root, folder), { recursive: true });
    await writeFile(
      join(root, 'etc/nginx.conf'),
      `pid ${root}/run/nginx.pid; error_log ${root}/log/main.log; worker_processes 1;
${process.getuid?.() === 0 ? 'user nobody nogroup;' : ''}
events { worker_connections 256; }
http { types { text/html html; text/css css; image/png png; } default_type application/octet-stream; access_log off;
client_body_temp_path ${root}/run/body; proxy_temp_path ${root}/run/proxy; fastcgi_temp_path ${root}/run/fastcgi; uwsgi_temp_path ${root}/run/uwsgi; scgi_temp_path ${root}/run/scgi;
include conf.d/*.conf; }`,
    );
    await nginx.write('conf.d/tp-00-shared.conf', renderShared(spec));
    for (const { path, content } of readSnippets()) await nginx.write(`tenpanel/${path}`, content);
    return nginx;
  }

  /** A file below /etc/nginx. */
  async write(path: string, content: string): Promise<void> {
    const moved = content
      .replaceAll('/run/tenpanel-web/', `${this.root}/run/`)
      .replaceAll('/var/log/tenpanel-web/', `${this.root}/log/`)
      .replaceAll('/var/lib/tenpanel-acme', `${this.root}/acme`)
      .replaceAll('/etc/nginx/', `${this.root}/etc/`)
      .replaceAll('/home/', `${this.root}/home/`)
      .replaceAll(/listen 80\b/g, `listen 127.0.0.1:${this.port}`)
      .replaceAll(/listen 443\b/g, `listen 127.0.0.1:${this.tlsPort}`);
    await this.put(join(this.root, 'etc', path), moved);
  }

  /** A file below /home. */
  async home(path: string, content: string): Promise<void> {
    await this.put(join(this.root, 'home', path), content);
  }

  private async put(absolute: string, content: string): Promise<void> {
    await mkdir(dirname(absolute), { recursive: true });
    await writeFile(absolute, content);
  }

  /** `nginx -t`: empty when all is well, else what it says. */
  async problems(): Promise<string> {
    try {
      const { stderr } = await run(nginxProgram ?? '', [
        '-t',
        '-q',
        '-p',
        this.root,
        '-c',
        join(this.root, 'etc/nginx.conf'),
      ]);
      return stderr;
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }

  async start(): Promise<void> {
    this.child = spawn(
      nginxProgram ?? '',
      ['-p', this.root, '-c', join(this.root, 'etc/nginx.conf'), '-g', 'daemon off;'],
      { stdio: 'ignore' },
    );
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        await this.get('unknown.example', '/');
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`nginx did not start: ${await this.log('main.log')}`);
  }

  get(host: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const req = request(
        { host: '127.0.0.1', port: this.port, path, method, headers: { host, ...headers }, agent: false },
        (res) => {
          let body = '';
          res.setEncoding('utf8');
          res.on('data', (chunk: string) => (body += chunk));
          res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
        },
      );
      req.on('error', reject);
      req.end();
    });
  }

  log(name: string): Promise<string> {
    return readFile(join(this.root, 'log', name), 'utf8');
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await rm(this.root, { recursive: true, force: true });
  }
}
