/** What a thrown thing says, on one line and short enough to be shown; never its stack. */
export function words(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}
