import type { Actor } from '@tenpanel/sdk';

/** Who sent a request, and how that is known. */
export interface Authenticated {
  actor: Actor;
  by: 'local' | 'session' | 'apiToken';
  sessionId: string | null;
  /** Id of the API token; null for people and the local socket. */
  tokenId: number | null;
  /** Unix milliseconds of the last proof (password or code); null when a fresh proof is not asked of this kind. */
  provenAt: number | null;
  /** An API token that may do what asks a person for a fresh proof. */
  stepUp: boolean;
  /** The person's own choice. */
  language: string | null;
  /** Unix milliseconds; a stream ends here at the latest. */
  expiresAt: number | null;
}
