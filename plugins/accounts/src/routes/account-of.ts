import { NotFound, oneForChange, type EntityManager } from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';

/** The account with this id, when the caller may see it; else 404. */
export async function accountOf(em: EntityManager, id: number): Promise<Account> {
  const row = await em.findOne(accountEntity, { id });
  if (!row) throw new NotFound('account');
  return row as Account;
}

/** The same, locked until the transaction ends: for everything that changes the account. */
export async function accountForChange(em: EntityManager, id: number): Promise<Account> {
  const row = await oneForChange<Account>(em, accountEntity, { id });
  if (!row) throw new NotFound('account');
  return row;
}
