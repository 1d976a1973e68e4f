// A small daemon for the tests: answers on a unix socket with the generation it has loaded, loads again on SIGHUP.
// `-t` validates the folder. A file with `bad` does not validate; one with `die` validates and then ends the daemon at
// its reload, as a PHP pool can; one with `deaf` makes it ignore the reload.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';

const [first, folder, socket] = process.argv.slice(2);
const files = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]);

if (first === '-t') {
  const bad = files().filter(([, text]) => text.includes('bad'));
  for (const [name] of bad) process.stderr.write(`toy: ${folder}/${name}:1: bad is not a word\n`);
  process.exit(bad.length > 0 ? 1 : 0);
}

let generation = '';
let reloads = -1;
const load = () => {
  const all = files();
  if (all.some(([, text]) => text.includes('die'))) process.exit(78);
  if (all.some(([, text]) => text.includes('deaf'))) return;
  generation = all.find(([name]) => name === 'generation.conf')?.[1] ?? '';
  reloads++;
};
load();
process.on('SIGHUP', load);
process.on('SIGTERM', () => process.exit(0));
rmSync(socket, { force: true });
createServer((request, response) =>
  response.end(request.url === '/reloads' ? String(reloads) : generation),
).listen(socket);
