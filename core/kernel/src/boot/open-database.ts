import type { EntitySchema } from '@mikro-orm/core';
import type { Logger } from '@tenpanel/sdk';
import { identityEntities } from '../auth/identity-entities.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import type { Lineup } from '../plugins/lineup.js';

/**
 * One ORM needs all entities at its start, so a plugin with a broken entity would take the panel with it. When the
 * ORM refuses, the plugins are tried without one another, and the guilty one falls.
 */
export async function openDatabase(url: string, lineup: Lineup, log: Logger): Promise<KernelDatabase> {
  const open = (entities: readonly EntitySchema[]) =>
    createDatabase({ url, entities: [...identityEntities, ...entities], log });
  try {
    return await open(lineup.entities);
  } catch (error) {
    // Without any plugin it must work; if not, plugins are not to blame.
    await (await open([])).close();
    log.error({ err: error }, 'the entities of some plugin cannot be used');
    await dropGuilty(lineup, open);
    return open(lineup.entities);
  }
}

async function dropGuilty(
  lineup: Lineup,
  open: (entities: readonly EntitySchema[]) => Promise<KernelDatabase>,
): Promise<void> {
  const sound: EntitySchema[] = [];
  await lineup.each('Its entities cannot be used', async ({ definition }) => {
    const own = definition.entities ?? [];
    if (own.length === 0) return;
    await (await open([...sound, ...own])).close();
    sound.push(...own);
  });
}
