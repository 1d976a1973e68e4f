import { StringDecoder } from 'node:string_decoder';

/** A frame is one line of JSON of at most this many bytes. */
export const maxFrameBytes = 32 * 1024 * 1024;

/**
 * Cut a byte stream into lines. Returns a function that takes chunks and calls `onLine` for each whole line;
 * `onTooLong` is called once when a line passes the limit, after which everything is ignored.
 */
export function frameReader(onLine: (line: string) => void, onTooLong: () => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let size = 0;
  let dead = false;
  return (chunk) => {
    if (dead) return;
    const pieces = decoder.write(chunk).split('\n');
    const last = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = parts.length > 0 ? parts.join('') + piece : piece;
      parts = [];
      size = 0;
      if (line !== '') onLine(line);
    }
    parts.push(last);
    size += last.length;
    if (size <= maxFrameBytes) return;
    dead = true;
    parts = [];
    onTooLong();
  };
}
