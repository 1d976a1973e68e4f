import { Conflict, FieldError, query, type EntityManager } from '@tenpanel/sdk';
import { siteNames } from '../render/site-view.js';
import type { Room } from '../room.js';
import type { VhostSpec } from '../spec/vhost-spec.js';

/**
 * No two sites of an account answer to one name. (Names of other accounts are the accounts plugin's business.)
 * 422 on the alias, 409 `web.domainInUse` for the domain.
 */
export async function checkNamesFree(
  em: EntityManager,
  spec: VhostSpec,
  siteId: number | null,
): Promise<void> {
  await em.flush();
  const taken = await query<{ name: string; domain: string }>(
    em,
    `with wanted as (select jsonb_array_elements_text(?::jsonb) as name),
      held as (
        select domain, domain as name from plg_web_nginx.vhost where account_id = ? and id <> ?
        union all
        select domain, jsonb_array_elements_text(spec->'aliases') from plg_web_nginx.vhost where account_id = ? and id <> ?
        union all
        select domain, case when domain like 'www.%' then substr(domain, 5) else 'www.' || domain end
        from plg_web_nginx.vhost where account_id = ? and id <> ? and spec->>'www' <> 'none'
      )
      select held.name, held.domain from held join wanted using (name) order by held.name limit 1`,
    [JSON.stringify(siteNames(spec)), ...[1, 2, 3].flatMap(() => [spec.accountId, siteId ?? 0])],
  );
  const [first] = taken;
  if (!first) return;
  const alias = spec.aliases.indexOf(first.name);
  const message = `${first.name} belongs to your site ${first.domain} already. Remove it there first.`;
  if (alias !== -1)
    throw new FieldError(['aliases', alias], 'web.nameInUse', message, {
      name: first.name,
      site: first.domain,
    });
  throw new Conflict('web.domainInUse', message, { name: first.name, site: first.domain }, ['domain']);
}

/** The row of a domain, also one that another tenant has or that is being removed, stands in the way. */
export async function checkDomainFree(room: Room, domain: string): Promise<void> {
  const [row] = await room.kit.read((em) =>
    query<{ id: number }>(em, 'select id from plg_web_nginx.vhost where domain = ?', [domain]),
  );
  if (row)
    throw new Conflict(
      'domain.taken',
      `${domain} is in use, or is still being removed. Choose another name or try again in a minute.`,
      { domain },
      ['domain'],
    );
}
