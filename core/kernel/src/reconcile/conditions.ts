import type { Condition } from '@tenpanel/sdk';

type Found = Omit<Condition, 'since'>;

/** `since` stays as long as type and status do. */
export function withSince(found: readonly Found[], before: readonly Condition[], now: string): Condition[] {
  return found.map((condition) => {
    const known = before.find((other) => other.type === condition.type && other.status === condition.status);
    return { ...condition, since: known?.since ?? now };
  });
}

export function sameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  const text = (conditions: readonly Condition[]) =>
    JSON.stringify(
      [...conditions].map(({ type, status, reason, message }) => [type, status, reason, message]).sort(),
    );
  return text(a) === text(b);
}

export const ready = (): Found => ({
  type: 'Ready',
  status: 'true',
  reason: 'Applied',
  message: 'The server is as wanted.',
});

export const waiting = (message: string): Found => ({
  type: 'Waiting',
  status: 'true',
  reason: 'Waiting',
  message,
});

/** Plain words of an error for the owner of the object. Unknown errors may hold paths and SQL, which stay in the log. */
export function failed(error: unknown, owner: string): Found {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.includes('.')
      ? error.code
      : null;
  if (code === null) {
    return {
      type: 'Ready',
      status: 'false',
      reason: 'Failed',
      message: `The plugin ${owner} met something unexpected. The panel's log has the details.`,
    };
  }
  const name = code.slice(code.lastIndexOf('.') + 1);
  return {
    type: 'Ready',
    status: 'false',
    reason: name.charAt(0).toUpperCase() + name.slice(1),
    message: (error as Error).message.slice(0, 8_192),
  };
}
