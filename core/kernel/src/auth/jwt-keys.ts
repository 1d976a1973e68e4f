import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAY = 86_400_000;
const SIGN_FOR = 30 * DAY;
// An access token lives for minutes; a day more than that is plenty.
const VERIFY_FOR = SIGN_FOR + DAY;
/** Milliseconds between two looks into the folder for a key that is not known. */
const REREAD = 100;
const NAME = /^([0-9a-f]{16})\.pem$/;

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  createdAt: number;
}

/** The panel's own key set: files `<kid>.pem` (0600) in a folder that all its processes share. */
export class JwtKeys {
  #keys = new Map<string, SigningKey>();
  #readAt = 0;

  constructor(
    private readonly dir: string,
    private readonly now: () => number,
  ) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#read();
  }

  /** The newest key; a new one is made when it has signed for 30 days. */
  signing(): SigningKey {
    const newest = [...this.#keys.values()].sort((a, b) => b.createdAt - a.createdAt)[0];
    if (newest && this.now() - newest.createdAt < SIGN_FOR) return newest;
    return this.rotate();
  }

  /** Only keys of our own folder, by name: never one that a token brings along or points to. */
  verifying(kid: string): SigningKey | null {
    if (!NAME.test(`${kid}.pem`)) return null;
    // Another process may have made it; a stranger who tries names must not make us read without end.
    if (!this.#keys.has(kid) && performance.now() - this.#readAt > REREAD) this.#read();
    return this.#keys.get(kid) ?? null;
  }

  /** Sign with a new key from now on, and forget keys whose last token has expired. */
  rotate(): SigningKey {
    const kid = randomBytes(8).toString('hex');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = join(this.dir, `${kid}.pem`);
    writeFileSync(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
      flag: 'wx',
    });
    renameSync(`${file}.new`, file);
    for (const key of this.#keys.values()) {
      if (this.now() - key.createdAt > VERIFY_FOR) rmSync(join(this.dir, `${key.kid}.pem`), { force: true });
    }
    this.#read();
    const made = this.#keys.get(kid);
    if (!made) throw new Error(`The signing key ${kid} could not be read back from the state folder.`);
    return made;
  }

  #read(): void {
    this.#readAt = performance.now();
    const keys = new Map<string, SigningKey>();
    for (const name of readdirSync(this.dir)) {
      const kid = NAME.exec(name)?.[1];
      if (!kid) continue;
      const file = join(this.dir, name);
      const privateKey = createPrivateKey(readFileSync(file));
      keys.set(kid, {
        kid,
        privateKey,
        publicKey: createPublicKey(privateKey),
        createdAt: statSync(file).mtimeMs,
      });
    }
    this.#keys = keys;
  }
}
