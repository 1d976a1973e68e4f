import { z, type EntityManager } from '@tenpanel/sdk';
import { phpOptions } from '../options/options.js';
import type { Room } from '../room.js';
import { installable } from '../versions/install-job.js';
import { endOfLife } from '../versions/end-of-life.js';
import { versionSchema } from './version-schema.js';

const listSchema = z.strictObject({ default: z.string().nullable(), items: z.array(versionSchema) });
const tags = ['php'];

/** What PHP this server has. */
export function versionRoutes({ kit, versions }: Room): void {
  const list = async (em: EntityManager, now: number) => {
    const preferred = await versions.preferred(em);
    const rows = await versions.present(em);
    const items = rows.map(({ version, path, extensions }) => ({
      version,
      ...endOfLife(version, now),
      isDefault: version === preferred,
      path,
      extensions,
    }));
    return { default: preferred, items };
  };
  kit.route({
    method: 'GET',
    path: '/php',
    permission: 'php.version.read',
    summary: 'List the PHP versions of this server',
    tags,
    reply: listSchema,
    command: { noun: 'php', verb: 'list' },
    handler: ({ em, now }) => list(em, now),
  });
  kit.route({
    method: 'POST',
    path: '/php/refresh',
    permission: 'php.version.manage',
    summary: 'Look at the host for PHP versions',
    tags,
    reply: listSchema,
    preview: false,
    transaction: false,
    command: { noun: 'php', verb: 'refresh' },
    async handler({ agent, now }) {
      await versions.refresh(agent);
      return kit.read((em) => list(em, now));
    },
  });
  kit.route({
    method: 'POST',
    path: '/php/versions',
    permission: 'php.version.manage',
    summary: 'Install a PHP version on this server',
    description: 'From the distribution, or from Sury or Remi where the setting extraRepository is on.',
    tags,
    body: z.strictObject({ version: z.enum(installable) }),
    reply: z.strictObject({ jobId: z.string() }),
    status: 202,
    stepUp: true,
    preview: false,
    command: { noun: 'php', verb: 'install' },
    handler: ({ body, startJob, audit }) => {
      audit({ object: 'php', summary: `PHP ${body.version} is being installed` });
      return startJob('php-install', body, { key: 'php-install' });
    },
  });
  kit.route({
    method: 'GET',
    path: '/php/options',
    permission: 'php.version.read',
    summary: 'List the php.ini values that a site may set',
    tags,
    reply: z.strictObject({
      items: z.array(
        z.strictObject({
          name: z.string(),
          type: z.string(),
          group: z.string(),
          help: z.string(),
          ownPoolOnly: z.boolean().describe('Only for a site with a pool of its own.'),
          default: z.union([z.string(), z.number(), z.boolean()]),
          min: z.number().optional(),
          max: z.number().optional(),
          values: z.array(z.string()).optional(),
        }),
      ),
    }),
    command: { noun: 'php', verb: 'options' },
    handler: async () => ({
      items: phpOptions.map((option) => ({
        name: option.name,
        type: option.type,
        group: option.group,
        help: option.help,
        ownPoolOnly: option.scope === 'pool',
        default: option.default,
        ...('min' in option && { min: option.min, max: option.max }),
        ...('values' in option && { values: [...option.values] }),
      })),
    }),
  });
}
