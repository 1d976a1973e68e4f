import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { FieldError, NotFound, type Accounts, type Logger } from '@tenpanel/sdk';
import type { Outbox, SecretBox } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import type { GuardedHttp } from '../net/create-guarded-http.js';
import { signWebhook } from './sign-webhook.js';

export interface WebhooksOptions {
  db: KernelDatabase;
  outbox: Outbox;
  secrets: SecretBox;
  http: GuardedHttp;
  /** Finds the tenant of a fact that names only an account. */
  accounts: () => Accounts | undefined;
  log: Logger;
  now?: () => number;
}

export interface WebhookInput {
  url: string;
  /** Names of hooks (`site.create`), all of a noun (`site.*`), or everything (`*`). */
  events: string[];
  enabled?: boolean;
}

export interface Webhooks {
  /** The secret is shown once, here. */
  create(em: EntityManager, tenantId: number, input: WebhookInput): Promise<{ id: number; secret: string }>;
  update(em: EntityManager, id: number, input: WebhookInput): Promise<void>;
  /** A new secret; the old one ends at once. */
  rotateSecret(em: EntityManager, id: number): Promise<{ secret: string }>;
  remove(em: EntityManager, id: number): Promise<void>;
}

const FACT = 'hook:';
const SEND = 'webhook.send';
const EVENT = /^(\*|[a-z][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)*(\.\*)?)$/;
const KEEP_DAYS = 30;

interface Sending {
  endpoint: number;
  delivery: string;
  event: string;
  at: string;
  data: unknown;
}

const placeOf = (id: number) => `webhook_endpoints:secret:${id}`;

/**
 * Tells the endpoints of a tenant, and of those above it, what has happened: every fact that hooks leave in the outbox.
 * Each endpoint has a delivery of its own with its own tries. Call before the outbox starts to work.
 */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const now = options.now ?? Date.now;

  // First consumer: which endpoints want the fact? Each gets a row of its own in the outbox, in one transaction.
  options.outbox.consume('*', 'kernel:webhooks', async (payload, { id, topic }) => {
    if (!topic.startsWith(FACT)) return;
    const event = topic.slice(FACT.length);
    await options.db.transaction('/', async (em) => {
      const tenantId = await tenantOf(em, payload, options.accounts());
      const endpoints = await sql<{ id: number; events: string[] }>(em, WANTED, [tenantId]);
      for (const endpoint of endpoints) {
        if (!endpoint.events.some((pattern) => matches(pattern, event))) continue;
        const sending: Sending = {
          endpoint: endpoint.id,
          delivery: `${id}-${endpoint.id}`,
          event,
          at: new Date(now()).toISOString(),
          data: payload,
        };
        await options.outbox.publish(em, SEND, sending);
      }
    });
  });

  options.outbox.consume(SEND, 'kernel:webhook-send', async (payload, { attempt }) => {
    const sending = payload as Sending;
    const [endpoint] = await options.db.read('/', (em) =>
      sql<{ url: string; secret: string; tenantId: number }>(
        em,
        `select url, secret, tenant_id as "tenantId" from kernel.webhook_endpoints where id = $1 and enabled`,
        [sending.endpoint],
      ),
    );
    // Switched off or removed meanwhile.
    if (!endpoint) return;
    const body = JSON.stringify({
      id: sending.delivery,
      event: sending.event,
      at: sending.at,
      data: sending.data,
    });
    const timestamp = Math.floor(now() / 1_000);
    const started = performance.now();
    const outcome = await options.http
      .request({
        method: 'POST',
        url: endpoint.url,
        body,
        timeoutMs: 15_000,
        maxBytes: 65_536,
        headers: {
          'content-type': 'application/json',
          'x-tenpanel-event': sending.event,
          'x-tenpanel-delivery': sending.delivery,
          'x-tenpanel-timestamp': String(timestamp),
          'x-tenpanel-signature': signWebhook(
            options.secrets.open(endpoint.secret, placeOf(sending.endpoint)),
            timestamp,
            body,
          ),
        },
      })
      .then(
        ({ status }) => ({
          status,
          error: status >= 200 && status < 300 ? null : `The endpoint answered with ${status}.`,
        }),
        (error: unknown) => ({ status: null, error: error instanceof Error ? error.message : String(error) }),
      );
    await options.db.transaction('/', async (em) => {
      await sql(
        em,
        `insert into kernel.webhook_deliveries (endpoint_id, tenant_id, delivery, event, attempt, status, error, milliseconds)
         select id, tenant_id, $2, $3, $4, $5, $6, $7 from kernel.webhook_endpoints where id = $1`,
        [
          sending.endpoint,
          sending.delivery,
          sending.event,
          attempt,
          outcome.status,
          outcome.error,
          Math.round(performance.now() - started),
        ],
      );
      await sql(
        em,
        `delete from kernel.webhook_deliveries where endpoint_id = $1 and at < now() - make_interval(days => $2)`,
        [sending.endpoint, KEEP_DAYS],
      );
    });
    // 410 Gone: the receiver wants no more of it.
    if (outcome.status === 410) return;
    if (outcome.error !== null) throw new Error(outcome.error);
  });

  const seal = async (em: EntityManager, id: number) => {
    const secret = randomBytes(32).toString('base64url');
    const rows = await sql(em, 'update kernel.webhook_endpoints set secret = $2 where id = $1 returning id', [
      id,
      options.secrets.seal(secret, placeOf(id)),
    ]);
    if (rows.length === 0) throw new NotFound('webhook');
    return { secret };
  };

  return {
    async create(em, tenantId, input) {
      check(input);
      const [row] = await sql<{ id: number }>(
        em,
        `insert into kernel.webhook_endpoints (tenant_id, url, secret, events, enabled) values ($1, $2, '', $3, $4) returning id`,
        [tenantId, input.url, JSON.stringify(input.events), input.enabled ?? true],
      );
      if (!row) throw new Error('The webhook was not inserted.');
      return { id: row.id, ...(await seal(em, row.id)) };
    },
    async update(em, id, input) {
      check(input);
      const rows = await sql(
        em,
        'update kernel.webhook_endpoints set url = $2, events = $3, enabled = $4 where id = $1 returning id',
        [...[id, input.url, JSON.stringify(input.events), input.enabled ?? true]],
      );
      if (rows.length === 0) throw new NotFound('webhook');
    },
    rotateSecret: seal,
    async remove(em, id) {
      const rows = await sql(em, 'delete from kernel.webhook_endpoints where id = $1 returning id', [id]);
      if (rows.length === 0) throw new NotFound('webhook');
    },
  };
}

/** Enabled endpoints of the tenant and of everybody above it. */
const WANTED = `select e.id, e.events from kernel.webhook_endpoints e join kernel.tenants o on o.id = e.tenant_id
  join kernel.tenants t on t.id = $1 and t.path ^@ o.path where e.enabled order by e.id`;

/** A fact that names nobody is the provider's. */
async function tenantOf(
  em: EntityManager,
  payload: unknown,
  accounts: Accounts | undefined,
): Promise<number> {
  const fact = (payload ?? {}) as { tenantId?: unknown; accountId?: unknown };
  if (typeof fact.tenantId === 'number') return fact.tenantId;
  const account = typeof fact.accountId === 'number' ? await accounts?.get(em, fact.accountId) : null;
  return account?.tenantId ?? 1;
}

function matches(pattern: string, event: string): boolean {
  return (
    pattern === '*' || pattern === event || (pattern.endsWith('.*') && event.startsWith(pattern.slice(0, -1)))
  );
}

function check(input: WebhookInput): void {
  const url = URL.parse(input.url);
  if (
    !url ||
    url.protocol !== 'https:' ||
    url.username !== '' ||
    url.password !== '' ||
    input.url.length > 2_000
  ) {
    throw new FieldError(
      ['url'],
      'webhook.badUrl',
      'Write an address that begins with https:// and holds no password.',
    );
  }
  if (
    input.events.length === 0 ||
    input.events.length > 100 ||
    !input.events.every((event) => event.length <= 100 && EVENT.test(event))
  ) {
    throw new FieldError(
      ['events'],
      'webhook.badEvents',
      'Name at least one event, such as account.create, account.* or *.',
    );
  }
}
