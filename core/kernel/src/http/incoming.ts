import type { Actor } from '@tenpanel/sdk';
import type { HttpAccess } from './http-access.js';

/** A request that has been recognised, authenticated, allowed and validated. */
export interface Incoming {
  requestId: string;
  language: string;
  actor: Actor;
  params: unknown;
  query: unknown;
  body: unknown;
  /** As received, for the idempotency fingerprint. */
  rawBody: unknown;
  path: string;
  dryRun: boolean;
  ifMatch: string | null;
  idempotencyKey: string | null;
  /** false when the handler asked for no audit row. */
  audited: boolean;
  waitSeconds: number;
  http: HttpAccess;
}
