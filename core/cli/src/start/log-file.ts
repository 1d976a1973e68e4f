import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
  readFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const LARGEST = 20 * 1024 * 1024;
const KEPT = 3;

/** What a process says, appended to a file that is turned over at 20 MiB; three former ones are kept. */
export class LogFile {
  private fd: number;
  private size: number;

  constructor(readonly path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    this.fd = openSync(path, 'a', 0o640);
    this.size = fstatSync(this.fd).size;
  }

  write(chunk: Buffer | string): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (this.size + bytes.length > LARGEST) this.turn();
    this.size += writeSync(this.fd, bytes);
  }

  /** The last lines, for an error message. */
  tail(lines: number): string[] {
    return readFileSync(this.path, 'utf8').trimEnd().split('\n').slice(-lines);
  }

  close(): void {
    closeSync(this.fd);
  }

  private turn(): void {
    closeSync(this.fd);
    for (let n = KEPT - 1; n >= 0; n -= 1) {
      const from = n === 0 ? this.path : `${this.path}.${n}`;
      if (existsSync(from)) renameSync(from, `${this.path}.${n + 1}`);
    }
    this.fd = openSync(this.path, 'a', 0o640);
    this.size = 0;
  }
}
