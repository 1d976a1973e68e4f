import { FieldError, NotFound, parseSize, z, type Desired, type EntityManager } from '@tenpanel/sdk';
import { iniValues, type IniValues } from '../options/option-schema.js';
import { phpOptions } from '../options/options.js';
import { defaultPool, poolSettings, type PoolSettings } from '../options/pool-settings.js';
import { ensurePool, siteRowForChange } from '../pools/pool-store.js';
import type { Room } from '../room.js';
import { startPhp } from './follow-sites.js';
import type { PhpSite, PhpSiteSpec } from './site-entity.js';

export const siteChange = z.strictObject({
  version: z
    .string()
    .regex(/^\d\.\d{1,2}$/, 'Write a version such as 8.4.')
    .optional(),
  ini: iniValues.optional(),
  pool: poolSettings.optional(),
});

/** Change version, values or pool of a site's PHP. What is left out stays as it is. */
export async function changeSite(
  room: Room,
  em: EntityManager,
  desired: Desired,
  siteId: number,
  change: z.output<typeof siteChange>,
): Promise<PhpSite> {
  const site = await room.web.get(em, siteId);
  if (!site) throw new NotFound('site');
  if (site.type !== 'php')
    throw new FieldError(
      ['version'],
      'php.notPhpSite',
      `${site.domain} is a ${site.type} site. Make it a PHP site first.`,
      { domain: site.domain },
    );
  if (change.version && !(await room.versions.find(em, change.version))) {
    throw new FieldError(
      ['version'],
      'php.versionMissing',
      `PHP ${change.version} is not installed on this server. Choose one of: tenpanel php list.`,
      { version: change.version },
    );
  }
  const row =
    (await siteRowForChange(em, siteId)) ?? (await startPhp(room, em, desired, site, change.version));
  const pool = await mergePool(room, em, row.spec, change.pool);
  const spec: PhpSiteSpec = {
    ...row.spec,
    version: change.version ?? row.spec.version,
    ini: mergeIni(row.spec.ini, change.ini ?? {}, pool !== null),
    pool,
  };
  const saved = await desired.update<PhpSite>('php-site', row, spec);
  await ensurePool(em, desired, room.versions, row.tenantId, spec);
  return saved;
}

function mergeIni(
  now: IniValues,
  change: Record<string, IniValues[string] | null | undefined>,
  ownPool: boolean,
): IniValues {
  const merged: IniValues = { ...now };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) merged[name] = value;
  }
  for (const option of phpOptions) {
    if (option.scope !== 'pool' || merged[option.name] === undefined || ownPool) continue;
    if (change[option.name] === undefined) delete merged[option.name];
    else
      throw new FieldError(
        ['ini', option.name],
        'php.needsOwnPool',
        `${option.name} holds for a whole PHP process. Give the site a pool of its own to set it.`,
        { option: option.name },
      );
  }
  const bytes = (name: string) =>
    parseSize(String(merged[name] ?? phpOptions.find((option) => option.name === name)?.default)) ?? 0;
  if (bytes('upload_max_filesize') > bytes('post_max_size')) {
    throw new FieldError(
      ['ini', 'upload_max_filesize'],
      'php.uploadAbovePost',
      'An upload cannot be larger than post_max_size. Raise post_max_size as well.',
    );
  }
  return merged;
}

async function mergePool(
  room: Room,
  em: EntityManager,
  spec: PhpSiteSpec,
  change: z.output<typeof poolSettings> | undefined,
): Promise<PoolSettings | null> {
  if (change === undefined) return spec.pool;
  if (change === null) return null;
  const former = spec.pool ?? defaultPool;
  const limits = await room.accounts.limits(em, spec.accountId);
  const ceiling = limits['phpWorkers'] ?? null;
  const wanted = change.maxChildren ?? Math.min(former.maxChildren, ceiling ?? former.maxChildren);
  if (ceiling !== null && wanted > ceiling) {
    throw new FieldError(
      ['pool', 'maxChildren'],
      'php.tooManyWorkers',
      `The plan allows ${ceiling} PHP workers. Write ${ceiling} or less.`,
      { limit: ceiling },
    );
  }
  return {
    mode: change.mode ?? former.mode,
    maxChildren: wanted,
    idleTimeoutSeconds: change.idleTimeoutSeconds ?? former.idleTimeoutSeconds,
    maxRequests: change.maxRequests ?? former.maxRequests,
    terminateTimeoutSeconds: change.terminateTimeoutSeconds ?? former.terminateTimeoutSeconds,
  };
}
