import { Greeting } from './greeting.js';

/** A `with` tap runs inside the transaction that creates the account: both are there, or neither. */
export const welcome =
  (kit) =>
  async (account, { em }) => {
    const text = await kit.settings.get('welcome');
    if (typeof text !== 'string' || text === '') return;
    em.create(Greeting, { tenantId: account.tenantId, accountId: account.id, text, sentAt: null });
  };
