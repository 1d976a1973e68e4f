import { Readable } from 'node:stream';

/** One server-sent event. `id` is what the client sends back as `Last-Event-ID`. */
export interface StreamEvent {
  event: string;
  data: unknown;
  id?: string | number;
}

const BEAT = 15_000;

/**
 * Server-sent events as a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). A comment every
 * 15 s keeps proxies from closing it; it ends at `endsAt` (Unix milliseconds), when the reader leaves, or by `end`.
 */
export class EventStream extends Readable {
  readonly #beat: NodeJS.Timeout;
  readonly #end: NodeJS.Timeout | null;
  #onClose: (() => void)[] = [];

  constructor(endsAt: number | null, now: number) {
    super();
    this.#beat = setInterval(() => this.#put(': \n\n'), BEAT);
    this.#end =
      endsAt === null ? null : setTimeout(() => this.end(), Math.max(0, Math.min(endsAt - now, 2 ** 31 - 1)));
    this.once('close', () => {
      clearInterval(this.#beat);
      if (this.#end) clearTimeout(this.#end);
      for (const done of this.#onClose) done();
      this.#onClose = [];
    });
    this.#put('retry: 2000\n\n');
  }

  get open(): boolean {
    return !this.destroyed && !this.readableEnded;
  }

  send({ event, data, id }: StreamEvent): void {
    // JSON has no raw line break, so one data line is enough.
    this.#put(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    if (this.open) this.push(null);
  }

  /** Called once when nobody reads any more. */
  whenClosed(done: () => void): void {
    if (this.open) this.#onClose.push(done);
    else done();
  }

  override _read(): void {
    // What is sent is pushed; there is nothing to fetch.
  }

  #put(text: string): void {
    if (!this.open) return;
    // A reader that does not keep up is let go; it can come back with its last id.
    if (this.readableLength > 1_048_576) this.destroy();
    else this.push(text);
  }
}
