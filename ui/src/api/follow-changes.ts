import { session } from './session.js';

/** Something about an object has changed; read it again to see what. */
export interface Change {
  kind: string;
  id: number;
  generation: number;
  status: string;
}

const listeners = new Set<(change: Change) => void>();
const lost = new Set<() => void>();
let stop: AbortController | null = null;

/**
 * One event stream a tab, open as long as somebody listens. `onGap` is called when events may have been missed.
 * @returns ends the listening
 */
export function followChanges(onChange: (change: Change) => void, onGap: () => void): () => void {
  listeners.add(onChange);
  lost.add(onGap);
  if (stop === null) {
    stop = new AbortController();
    void run(stop.signal);
  }
  return () => {
    listeners.delete(onChange);
    lost.delete(onGap);
    if (listeners.size > 0) return;
    stop?.abort();
    stop = null;
  };
}

/** `EventSource` cannot send a bearer token, so the stream is read by hand. It ends with the access token and goes on with the next. */
async function run(signal: AbortSignal): Promise<void> {
  for (let failures = 0, first = true; !signal.aborted; first = false) {
    try {
      const response = await session.call('GET', '/api/events', { accept: 'text/event-stream', signal });
      if (!first) for (const tell of lost) tell();
      failures = 0;
      await readEvents(response, (change) => listeners.forEach((tell) => tell(change)));
    } catch {
      if (session.state.me === null) return;
      failures += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 500 * 2 ** failures)));
  }
}

async function readEvents(response: Response, tell: (change: Change) => void): Promise<void> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      if (!lines.includes('event: resource')) continue;
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (data !== undefined) tell(JSON.parse(data) as Change);
    }
  }
}
