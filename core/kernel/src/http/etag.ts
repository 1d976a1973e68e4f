import { createHash } from 'node:crypto';
import { PanelError } from '@tenpanel/sdk';

/**
 * `"<generation>.<hash>"` for a resource, `"<hash>"` for anything else. `If-None-Match` compares the whole;
 * `If-Match` only the generation, because what the server reports about a resource is no change of what it should be.
 */
export function etagOf(body: unknown): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(body) ?? '')
    .digest('base64url')
    .slice(0, 16);
  const generation = generationOf(body);
  return generation === null ? `"${hash}"` : `"${generation}.${hash}"`;
}

function generationOf(body: unknown): number | null {
  if (typeof body !== 'object' || body === null || !('generation' in body)) return null;
  return typeof body.generation === 'number' ? body.generation : null;
}

/** @throws PanelError 412 when `If-Match` names another state than `current`. */
export function checkIfMatch(header: string, current: unknown): void {
  if (header.trim() === '*') return;
  const tag = etagOf(current);
  const generation = generationOf(current);
  const wanted = header.split(',').map((one) => one.trim());
  const matches = wanted.some(
    (one) =>
      one === tag || (generation !== null && one.replace(/"/g, '').split('.')[0] === String(generation)),
  );
  if (!matches) {
    throw new PanelError(
      'http.changed',
      412,
      'Somebody has changed this since you read it. Read it again, then repeat your change.',
    );
  }
}

export function noneMatch(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) ?? false;
}
