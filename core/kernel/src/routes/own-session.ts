import { PanelError } from '@tenpanel/sdk';
import type { HttpAccess } from '../http/http-access.js';

/** The session of a person who signed in. @throws PanelError 403 for tokens and the local socket */
export function ownSession(http: HttpAccess): string {
  const sessionId = http.authenticated?.sessionId;
  if (!sessionId)
    throw new PanelError(
      'auth.noSession',
      403,
      'This is only for people who have signed in, not for tokens.',
    );
  return sessionId;
}
