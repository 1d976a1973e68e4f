import type { OperationArgs, OperationName, OperationResult } from '@tenpanel/protocol';

export type TenantOperation = Extract<OperationName, `tenant.${string}`>;

/** What goes to the customer's process: the operation's own arguments, without the account that the process is. */
export type TenantRequest<N extends TenantOperation> = Omit<OperationArgs<N>, 'account'> & {
  /** `tenant.list` of the home itself, which the customer may pass through but not list. */
  names?: string[];
};

export type TenantResult<N extends TenantOperation> = OperationResult<N>;

/** Seconds until the process is given up; erasing a large tree takes its time. */
export function patience(op: TenantOperation): number {
  return op === 'tenant.remove' ? 620 : 60;
}
