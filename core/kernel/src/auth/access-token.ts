import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { JwtKeys } from './jwt-keys.js';

/** Seconds. */
export const ACCESS_TOKEN_LIFE = 600;
const ISSUER = 'tenpanel';
const AUDIENCE = 'tenpanel-api';
const ALGORITHM = 'ES256';

const claimsSchema = z.object({
  sub: z.string().regex(/^[1-9]\d{0,9}$/),
  sid: z.uuid(),
  ver: z.number().int(),
  exp: z.number().int(),
});

export interface AccessClaims {
  userId: number;
  sessionId: string;
  /** The user's token version when it was issued. */
  version: number;
  /** Unix seconds. */
  expiresAt: number;
}

export function signAccessToken(keys: JwtKeys, claims: Omit<AccessClaims, 'expiresAt'>, now: number): string {
  const key = keys.signing();
  const iat = Math.floor(now / 1000);
  return jwt.sign(
    { sid: claims.sessionId, ver: claims.version, iat, exp: iat + ACCESS_TOKEN_LIFE },
    key.privateKey,
    {
      algorithm: ALGORITHM,
      keyid: key.kid,
      issuer: ISSUER,
      audience: AUDIENCE,
      subject: String(claims.userId),
    },
  );
}

/** null for anything that is not a valid, unexpired token of ours. */
export function verifyAccessToken(keys: JwtKeys, token: string, now: number): AccessClaims | null {
  try {
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const key = typeof kid === 'string' ? keys.verifying(kid) : null;
    if (!key) return null;
    const payload = jwt.verify(token, key.publicKey, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      clockTimestamp: Math.floor(now / 1000),
    });
    const claims = claimsSchema.parse(payload);
    return { userId: Number(claims.sub), sessionId: claims.sid, version: claims.ver, expiresAt: claims.exp };
  } catch {
    return null;
  }
}
