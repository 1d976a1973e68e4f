/** Progress lines with elapsed time. Colours only on a terminal, and never when NO_COLOR is set. */

const started = Date.now();
const colours = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = (text) => paint('1', text);
export const dim = (text) => paint('2', text);
export const red = (text) => paint('31', text);
export const green = (text) => paint('32', text);
export const yellow = (text) => paint('33', text);

/** Seconds since the command began, right-aligned so that lines stand below each other. */
export function elapsed() {
  return `${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s`;
}

export function say(text) {
  process.stdout.write(`${dim(elapsed())}  ${text}\n`);
}

export function warn(text) {
  process.stdout.write(`${dim(elapsed())}  ${yellow('!')} ${text}\n`);
}

/** Announce a step, do it, and say how long it took. */
export async function step(title, work) {
  say(`${title} …`);
  const before = Date.now();
  const result = await work();
  say(`${green('✓')} ${title} ${dim(`(${((Date.now() - before) / 1000).toFixed(1)} s)`)}`);
  return result;
}
