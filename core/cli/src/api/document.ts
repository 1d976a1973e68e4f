import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from './client.js';
import type { OpenApiDocument } from './openapi.js';
import { problemOf } from './problem.js';

interface Cached {
  etag: string | null;
  document: OpenApiDocument;
}

/** Completion must answer at once; it believes a copy of this age without asking. */
const FRESH_MS = 10 * 60_000;

/** The panel's OpenAPI document, kept per panel and user so that the shell's completion does not wait for it. */
export class DocumentCache {
  private readonly file: string;

  constructor(
    private readonly client: ApiClient,
    folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tenpanel'),
  ) {
    const place = 'socket' in client.target ? client.target.socket : client.target.url;
    this.file = join(folder, `api-${createHash('sha256').update(place).digest('hex').slice(0, 16)}.json`);
  }

  async load(): Promise<OpenApiDocument> {
    const cached = this.read();
    const answer = await this.client.request({
      method: 'GET',
      path: '/api/openapi.json',
      headers: cached?.etag ? { 'if-none-match': cached.etag } : {},
      timeoutMs: 15_000,
    });
    if (answer.status === 304 && cached) {
      this.write(cached);
      return cached.document;
    }
    if (answer.status !== 200) throw problemOf(answer);
    const document = answer.body as OpenApiDocument;
    this.write({ etag: answer.headers.etag ?? null, document });
    return document;
  }

  /** For completion: the copy when there is one, else the panel's answer; null when neither. */
  async loadForCompletion(): Promise<OpenApiDocument | null> {
    const cached = this.read();
    if (cached && this.age() < FRESH_MS) return cached.document;
    return this.load().catch(() => cached?.document ?? null);
  }

  private age(): number {
    return Date.now() - statSync(this.file).mtimeMs;
  }

  private read(): Cached | null {
    try {
      const cached = JSON.parse(readFileSync(this.file, 'utf8')) as Cached;
      return typeof cached.document?.paths === 'object' ? cached : null;
    } catch {
      return null;
    }
  }

  private write(cached: Cached): void {
    try {
      mkdirSync(join(this.file, '..'), { recursive: true, mode: 0o700 });
      const part = `${this.file}.${process.pid}`;
      writeFileSync(part, JSON.stringify(cached), { mode: 0o600 });
      renameSync(part, this.file);
    } catch {
      // A cache that cannot be written only costs time.
    }
  }
}
