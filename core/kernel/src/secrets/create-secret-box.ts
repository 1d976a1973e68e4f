import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SecretBox } from '../contracts.js';

const FORMAT = 'v1';

/**
 * AES-256-GCM with a fresh 96-bit nonce each time: `v1.<nonce>.<ciphertext>.<tag>` in base64url. `place` is bound in, so
 * that a sealed value copied into another row does not open there.
 */
export function createSecretBox(masterKey: Buffer): SecretBox {
  const key = deriveKey(masterKey, 'secret-box');
  return {
    seal(plain, place) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return [
        FORMAT,
        nonce.toString('base64url'),
        text.toString('base64url'),
        cipher.getAuthTag().toString('base64url'),
      ].join('.');
    },
    open(sealed, place) {
      const [format, nonce, text, tag, ...rest] = sealed.split('.');
      if (format !== FORMAT || !nonce || text === undefined || !tag || rest.length > 0) {
        throw new Error(`The value in ${place} is not sealed by this panel.`);
      }
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
          authTagLength: 16,
        })
          .setAAD(Buffer.from(place))
          .setAuthTag(Buffer.from(tag, 'base64url'));
        return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString(
          'utf8',
        );
      } catch (error) {
        throw new Error(
          `The value in ${place} does not open: it was sealed with another key or for another place.`,
          { cause: error },
        );
      }
    },
  };
}

/** A key of its own for each purpose (`audit`, `secret-box`), so that one file is all there is to keep. */
export function deriveKey(masterKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, 'tenpanel', purpose, 32));
}
