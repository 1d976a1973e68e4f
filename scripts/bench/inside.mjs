#!/usr/bin/env node
/**
 * The measurements, run on a test server that holds nothing but a fresh panel: `inside.mjs <sizes> <sites per account>`.
 * Progress goes to stderr; the last line of stdout is the result as JSON. Times are in milliseconds.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { api, must, visit } from './local-api.mjs';
import { inLanes, pause, spread, timed } from './figures.mjs';
import { memory, reloads } from './server-facts.mjs';

const sizes = (process.argv[2] ?? '10').split(',').map(Number);
const perAccount = Number(process.argv[3] ?? 10);
const LANES = 16;
const SAMPLES = 20;
const BULK = 200;
const say = (text) => process.stderr.write(`${text}\n`);

let plan = 0;
let sites = 0;
let named = 0;
const accounts = [];

async function queueIsEmpty(limitMs = 1_800_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const { waiting } = await must('GET', '/plan/queue');
    if (waiting === 0) return;
    if (Date.now() > end) throw new Error(`${waiting} objects are still waiting.`);
    await pause(100);
  }
}

async function addAccounts(count) {
  await inLanes(count, 4, async () => {
    const name = `u${String(accounts.length + 1).padStart(5, '0')}`;
    accounts.push(null);
    const slot = accounts.length - 1;
    const { account } = await must('POST', '/accounts', { name, plan });
    accounts[slot] = account.id;
  });
  await queueIsEmpty();
}

async function accountsFor(count) {
  const wanted = Math.ceil((sites + count) / perAccount);
  if (wanted > accounts.length) await addAccounts(wanted - accounts.length);
}

async function addSites(count) {
  const first = sites;
  sites += count;
  await inLanes(count, LANES, async (index) => {
    const number = first + index;
    const account = accounts[Math.floor(number / perAccount)];
    await must('POST', '/vhosts', { account, domain: `site${number}-bench.example`, type: 'static' });
  });
  await queueIsEmpty();
}

async function untilAnswer(domain, path, isRight) {
  const end = performance.now() + 120_000;
  for (;;) {
    const { status, text } = await visit(domain, path);
    if (status === 200 && isRight(text)) return;
    if (performance.now() > end)
      throw new Error(`${domain}${path} did not come up: ${status} ${text.slice(0, 200)}`);
    await pause(5);
  }
}

const nameOf = (account) => `u${String(accounts.indexOf(account) + 1).padStart(5, '0')}`;

/** From sending the request to the first right answer of the site, through nginx and Varnish. */
async function newSite(type) {
  const times = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const domain = `new${(named += 1)}-bench.example`;
    const account = accounts[named % accounts.length];
    const before = performance.now();
    await must('POST', '/vhosts', { account, domain, type });
    await untilAnswer(domain, '/', () => true);
    if (type === 'php') {
      const folder = `/home/${nameOf(account)}/domains/${domain}/public_html`;
      const { uid, gid } = statSync(folder);
      writeFileSync(`${folder}/live.php`, '<?php echo "PHP ", PHP_VERSION, " as ", posix_geteuid();');
      chownSync(`${folder}/live.php`, uid, gid);
      await untilAnswer(domain, '/live.php', (text) => text === `PHP ${text.split(' ')[1]} as ${uid}`);
    }
    times.push(performance.now() - before);
  }
  return spread(times);
}

async function bulk() {
  await accountsFor(BULK);
  const before = reloads();
  const { ms } = await timed(() => addSites(BULK));
  return {
    sites: BULK,
    sitesPerSecond: Math.round((BULK / ms) * 10_000) / 10,
    nginxReloads: reloads() - before,
  };
}

async function throughput(seconds, lanes, work) {
  const times = [];
  let errors = 0;
  const end = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let turn = 0; performance.now() < end; turn += 1) {
        const { ms, result } = await timed(() => work(lane, turn));
        times.push(ms);
        if (result.status >= 400) errors += 1;
      }
    }),
  );
  return { perSecond: Math.round(times.length / seconds), ...spread(times), errors, clients: lanes };
}

async function apiLoad() {
  const { items } = await must('GET', '/vhosts?limit=200');
  const ids = items.map(({ id }) => id);
  const pick = (lane, turn) => ids[(lane * 31 + turn) % ids.length];
  const writers = [];
  for (let index = 0; index < 8; index += 1)
    writers.push((await must('POST', '/plans', { name: `writer ${index} ${Date.now()}`, limits: {} })).id);
  return {
    readOne: await throughput(10, 16, (lane, turn) => api('GET', `/vhosts/${pick(lane, turn)}`)),
    readPageOf50: await throughput(10, 16, () => api('GET', '/vhosts?limit=50')),
    write: await throughput(10, 8, (lane, turn) =>
      api('PATCH', `/plans/${writers[lane]}`, { description: `turn ${turn}` }),
    ),
  };
}

async function wholeServer() {
  const seconds = (ms) => Math.round(ms / 100) / 10;
  const command = (...words) => timed(async () => void runQuietly(words));
  const before = reloads();
  const started = new Date(Date.now() - 1_000).toISOString();
  const full = await timed(async () => {
    await must('POST', '/plan/apply');
    await queueIsEmpty();
  });
  const written = filesSince(started);
  return {
    reconcileSeconds: seconds(full.ms),
    reconcileFilesWritten: written,
    reconcileReloads: reloads() - before,
    driftFirstSeconds: seconds((await timed(() => must('POST', '/drift'))).ms),
    driftAgainSeconds: seconds((await timed(() => must('POST', '/drift'))).ms),
    doctorSeconds: seconds((await command('doctor', '--json')).ms),
  };
}

function runQuietly(words) {
  try {
    execFileSync('/usr/local/bin/tenpanel', words, { stdio: 'ignore', timeout: 900_000 });
  } catch (error) {
    // doctor ends with 9 when it has found something; what it found is not measured here.
    if (error.status === undefined || error.status === null) throw error;
  }
}

/** Generated files that were written since `time`. */
function filesSince(time) {
  const found = execFileSync(
    '/usr/bin/find',
    ['/etc/nginx', '/etc/varnish', '/etc/tenpanel', '-type', 'f', '-newermt', time],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return found.split('\n').filter((line) => line !== '').length;
}

async function startTime() {
  const times = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const { ms } = await timed(async () => {
      execFileSync('/usr/bin/systemctl', ['restart', 'tenpanel-web', 'tenpanel-worker']);
      for (;;) {
        const answer = await api('GET', '/me').catch(() => ({ status: 0 }));
        if (answer.status !== 0 && answer.status < 500) return;
        await pause(20);
      }
    });
    times.push(ms);
    await pause(3_000);
  }
  return spread(times).p50;
}

const result = { stages: [] };
plan = (await must('POST', '/plans', { name: 'bench', limits: { sites: null } })).id;
for (const size of sizes) {
  const grown = size - sites;
  say(`growing to ${size} sites`);
  await accountsFor(Math.max(0, grown));
  const growth = await timed(() => addSites(Math.max(0, grown)));
  if (grown >= 100) say(`  ${Math.round((grown / growth.ms) * 1_000)} sites a second`);
  say('  new static sites');
  const newStatic = await newSite('static');
  say(`  ${JSON.stringify(newStatic)}\n  new PHP sites`);
  const newPhp = await newSite('php');
  say(`  ${JSON.stringify(newPhp)}\n  ${BULK} in bulk`);
  const inBulk = await bulk();
  const used = memory();
  say(`  ${JSON.stringify(inBulk)}\n  ${JSON.stringify(used)}`);
  result.stages.push({
    sites: size,
    accounts: accounts.length,
    growthSitesPerSecond: grown >= 100 ? Math.round((grown / growth.ms) * 10_000) / 10 : null,
    newStatic,
    newPhp,
    inBulk,
    memoryMiB: used,
  });
}
say('API under load');
result.api = await apiLoad();
say(JSON.stringify(result.api));
say('the whole server');
result.wholeServer = await wholeServer();
say(JSON.stringify(result.wholeServer));
say('start');
result.startMilliseconds = await startTime();
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
