import { defineEntity, p, type InferEntity } from '@tenpanel/sdk';

/** PHP versions seen on the host, so that hooks can check one without asking the agent. */
export const versionEntity = defineEntity({
  name: 'PhpVersion',
  tableName: 'version',
  schema: 'plg_php_fpm',
  properties: {
    version: p.string().primary(),
    slot: p.string(),
    path: p.string(),
    extensions: p.json<string[]>(),
    /** False once the host does not have it any more. */
    present: p.boolean(),
    seenAt: p.datetime(),
  },
});

export type PhpVersion = InferEntity<typeof versionEntity>;
