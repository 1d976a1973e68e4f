import type { Logger } from '@tenpanel/sdk';
import pg from 'pg';
import { parseDatabaseUrl } from './database-url.js';
import { HOLD_LEASE } from './dead-leases.js';

type OnPayload = (payload: string) => void;
interface Subscription {
  onPayload: OnPayload;
  onReconnect: (() => void) | undefined;
}

const RECONNECT_MS = [100, 500, 1_000, 2_000, 5_000];

/** One connection for all `LISTEN` of a process. It comes back by itself; what was missed is not repeated. */
export class Listener {
  readonly #channels = new Map<string, Set<Subscription>>();
  readonly #leases = new Set<string>();
  #client: pg.Client | null = null;
  #connecting: Promise<pg.Client> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {}

  async listen(
    channel: string,
    onPayload: OnPayload,
    onReconnect?: () => void,
  ): Promise<() => Promise<void>> {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(channel)) throw new Error(`"${channel}" is no channel name.`);
    const subscription: Subscription = { onPayload, onReconnect };
    const known = this.#channels.get(channel);
    if (known) known.add(subscription);
    else this.#channels.set(channel, new Set([subscription]));
    const client = await this.#connected();
    if (!known) await client.query(`listen "${channel}"`);
    return async () => {
      const subscriptions = this.#channels.get(channel);
      if (!subscriptions?.delete(subscription) || subscriptions.size > 0) return;
      this.#channels.delete(channel);
      if (this.#client && !this.#closed)
        await this.#client.query(`unlisten "${channel}"`).catch(() => undefined);
    };
  }

  /** Be seen as the living holder of this lease for as long as the process is there; see `deadLeases`. */
  async holdLease(lease: string): Promise<void> {
    this.#leases.add(lease);
    const known = this.#client;
    const client = await this.#connected();
    if (known === client) await client.query(HOLD_LEASE, [lease]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    const client = this.#client ?? (await this.#connecting?.catch(() => null));
    this.#client = null;
    await client?.end();
  }

  #connected(): Promise<pg.Client> {
    if (this.#client) return Promise.resolve(this.#client);
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = null));
    return this.#connecting;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...parseDatabaseUrl(this.url),
      application_name: 'tenpanel-listen',
      keepAlive: true,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ channel, payload }) => {
      for (const { onPayload } of this.#channels.get(channel) ?? [])
        this.#safely(() => onPayload(payload ?? ''));
    });
    await client.connect();
    for (const channel of this.#channels.keys()) await client.query(`listen "${channel}"`);
    for (const lease of this.#leases) await client.query(HOLD_LEASE, [lease]);
    this.#client = client;
    return client;
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    if (!this.#closed) this.#reconnect(0);
  }

  #reconnect(attempt: number): void {
    this.#timer = setTimeout(
      () => {
        this.#connected().then(
          () => {
            for (const subscriptions of this.#channels.values()) {
              for (const { onReconnect } of subscriptions) if (onReconnect) this.#safely(onReconnect);
            }
          },
          (error: unknown) => {
            this.log.warn({ err: error }, 'the connection for notifications cannot be made again yet');
            if (!this.#closed) this.#reconnect(attempt + 1);
          },
        );
      },
      RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)],
    );
  }

  #safely(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.log.error({ err: error }, 'a listener failed');
    }
  }
}
