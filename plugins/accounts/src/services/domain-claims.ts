import {
  Conflict,
  FieldError,
  parseDomain,
  query,
  registrableDomain,
  type EntityManager,
} from '@tenpanel/sdk';

/**
 * `www.example.com` -> `com.example.www.`. All names below a name are one range of this key, and those above it are
 * its prefixes, so that both questions are index look-ups.
 */
export function reversedName(domain: string): string {
  return `${domain.split('.').reverse().join('.')}.`;
}

/** The keys of the name and of all names above it that somebody could own. */
export function keysAbove(domain: string): string[] {
  const registrable = registrableDomain(domain);
  const labels = domain.split('.');
  const names: string[] = [];
  for (let from = 0; from < labels.length; from++) {
    const name = labels.slice(from).join('.');
    names.push(reversedName(name));
    if (name === registrable) break;
  }
  return names;
}

function parse(raw: string): string {
  const parsed = parseDomain(raw.startsWith('*.') ? raw.slice(2) : raw);
  if (parsed.ok) return parsed.domain;
  const message =
    parsed.problem === 'suffix'
      ? `Nobody can own ${raw}: it is a public suffix. Write a name below it.`
      : 'Write a full domain name such as example.com.';
  throw new FieldError(['domain'], `domain.${parsed.problem}`, message, { domain: raw });
}

/** Names the provider keeps for itself (setting `reservedDomains`), and what lies below them. */
function refuseReserved(domain: string, reserved: readonly string[]): void {
  if (reserved.some((name) => domain === name || domain.endsWith(`.${name}`))) {
    throw new Conflict(
      'domain.reserved',
      `${domain} is kept by the provider. Choose another name.`,
      { domain },
      ['domain'],
    );
  }
}

async function lockName(em: EntityManager, domain: string): Promise<void> {
  await query(em, 'select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `domain:${registrableDomain(domain)}`,
  ]);
}

/**
 * Race safe: claims below one registrable name wait for each other (advisory lock until the transaction ends), and the
 * unique index stands behind it. Nothing is said about who holds a name.
 */
export async function claimDomain(
  em: EntityManager,
  accountId: number,
  raw: string,
  owner: { kind: string; id: number },
  reserved: readonly string[],
): Promise<void> {
  const domain = parse(raw);
  refuseReserved(domain, reserved);
  await em.flush();
  await lockName(em, domain);
  const key = reversedName(domain);
  const above = keysAbove(domain);
  const [foreign] = await query<{ domain: string }>(
    em,
    `select domain from plg_accounts.domain_name
      where account_id <> ? and (reversed in (${above.map(() => '?').join(', ')}) or (reversed > ? and reversed < ?))
      order by length(reversed) limit 1`,
    // `/` is the sign after `.` in ASCII: the range ends where names below this one end.
    [accountId, ...above, key, `${key.slice(0, -1)}/`],
  );
  if (foreign) {
    const where =
      foreign.domain === domain
        ? 'It'
        : foreign.domain.length < domain.length
          ? 'A name above it'
          : 'A name below it';
    throw new Conflict(
      'domain.taken',
      `${domain} cannot be used. ${where} belongs to another account.`,
      { domain },
      ['domain'],
    );
  }
  const rows = await query<{ id: number }>(
    em,
    `insert into plg_accounts.domain_name (domain, reversed, account_id) values (?, ?, ?)
      on conflict (domain) do update set domain = excluded.domain where domain_name.account_id = excluded.account_id
      returning id`,
    [domain, key, accountId],
  );
  if (!rows[0])
    throw new Conflict(
      'domain.taken',
      `${domain} cannot be used. It belongs to another account.`,
      { domain },
      ['domain'],
    );
  await query(
    em,
    'insert into plg_accounts.domain_holder (domain_id, owner_kind, owner_id) values (?, ?, ?) on conflict do nothing',
    [rows[0].id, owner.kind, owner.id],
  );
}

/** A name stays with the account as long as another object of it holds the name too. */
export async function releaseDomains(em: EntityManager, owner: { kind: string; id: number }): Promise<void> {
  await em.flush();
  const names = await query<{ id: number; domain: string }>(
    em,
    `select n.id, n.domain from plg_accounts.domain_holder h join plg_accounts.domain_name n on n.id = h.domain_id
      where h.owner_kind = ? and h.owner_id = ? order by n.reversed`,
    [owner.kind, owner.id],
  );
  for (const name of names) {
    await lockName(em, name.domain);
    await query(
      em,
      'delete from plg_accounts.domain_holder where domain_id = ? and owner_kind = ? and owner_id = ?',
      [name.id, owner.kind, owner.id],
    );
    await query(
      em,
      `delete from plg_accounts.domain_name n where n.id = ?
        and not exists (select 1 from plg_accounts.domain_holder h where h.domain_id = n.id)`,
      [name.id],
    );
  }
}

/** The names an account holds, for people. */
export async function domainsOf(em: EntityManager, accountId: number): Promise<string[]> {
  const rows = await query<{ domain: string }>(
    em,
    'select domain from plg_accounts.domain_name where account_id = ? order by domain',
    [accountId],
  );
  return rows.map((row) => row.domain);
}
