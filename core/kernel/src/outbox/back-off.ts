/** Seconds before try `attempt + 1`: doubling from `first` up to `most`, half of it random, so that many do not come back at once. */
export function backOff(attempt: number, { first, most }: { first: number; most: number }): number {
  const whole = Math.min(most, first * 2 ** Math.min(attempt - 1, 30));
  return whole / 2 + (whole / 2) * Math.random();
}
