import { connectAgent } from '@tenpanel/protocol';
import { apiCall } from '../commands/api-call.js';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { plain } from '../output/plain.js';
import type { Progress } from '../start/progress.js';
import { waitUntil } from '../start/wait-until.js';
import { demoPage } from './demo-page.js';
import { fetchPage, type Page } from './fetch-page.js';

interface Item {
  id: number;
  name?: string;
  domain?: string;
  status?: string;
  conditions?: { status: string; message: string }[];
}

const ACCOUNT = 'demo';
const DOMAIN = 'demo.test';
const PATIENCE_SECONDS = 90;

/** A plan, an account and a site with a PHP page, made once by the API; then the page twice, as a visitor gets it. */
export async function runDemo(context: CliContext, progress: Progress): Promise<void> {
  const plan = await ensure(context, progress, '/api/plans', 'name', 'demo', {
    name: 'demo',
    description: 'Made by --demo',
  });
  const account = await ensure(context, progress, '/api/accounts', 'name', ACCOUNT, {
    name: ACCOUNT,
    plan: plan.id,
  });
  await settled(context, progress, `/api/accounts/${account.id}`, `account ${ACCOUNT}`);
  const site = await ensure(context, progress, '/api/vhosts', 'domain', DOMAIN, {
    account: account.id,
    domain: DOMAIN,
    // The simulated host has no PHP.
    ...(context.layout.preview ? { type: 'static' } : {}),
  });
  await settled(context, progress, `/api/vhosts/${site.id}`, `site ${DOMAIN}`);
  await writePage(context);
  if (context.layout.preview) {
    progress.say('this is a preview: the site’s files were rendered and nothing serves them');
    return;
  }
  await everythingApplied(context, progress);
  await fetchTwice(context, progress);
}

/** The first site answers before all that belongs to it is there: until the cache has started, it is passed by. */
async function everythingApplied(context: CliContext, progress: Progress): Promise<void> {
  const isEmpty = async () =>
    (await apiCall<{ waiting: number }>(context, 'GET', '/api/plan/queue')).waiting === 0;
  if (await isEmpty()) return;
  await progress.step('services of the site', () => waitUntil(isEmpty, PATIENCE_SECONDS, context.signal));
}

async function ensure(
  context: CliContext,
  progress: Progress,
  path: string,
  key: 'name' | 'domain',
  value: string,
  body: object,
): Promise<Item> {
  const page = await apiCall<{ items: Item[] }>(context, 'GET', path, {
    query: { limit: '200', [key]: value },
  });
  const found = page.items.find((item) => item[key] === value);
  if (found) return found;
  return progress.step(`${path.replace('/api/', '').replace(/s$/, '')} ${value}`, async () => {
    const made = await apiCall<Item | { account: Item }>(context, 'POST', path, { body, wait: 30 });
    return 'account' in made && typeof made.account === 'object' ? made.account : (made as Item);
  });
}

async function settled(context: CliContext, progress: Progress, path: string, title: string): Promise<void> {
  let latest = await apiCall<Item>(context, 'GET', path);
  if (latest.status === 'active') return;
  await progress.step(`${title} on the server`, async () => {
    const done = await waitUntil(
      async () => {
        latest = await apiCall<Item>(context, 'GET', path);
        return latest.status === 'active';
      },
      PATIENCE_SECONDS,
      context.signal,
    );
    if (done) return;
    const reasons = (latest.conditions ?? [])
      .filter(({ status }) => status !== 'true')
      .map(({ message }) => plain(message));
    throw new CliError(
      `${title} is still ${latest.status ?? 'unknown'} after ${PATIENCE_SECONDS} s.`,
      ExitCode.jobFailed,
      reasons,
    );
  });
}

/** As the customer: the agent's child with the customer's uid writes it. A page that somebody has changed stays. */
async function writePage({ layout }: CliContext): Promise<void> {
  const agent = connectAgent(layout.agentSocket);
  const path = `domains/${DOMAIN}/public_html/index.php`;
  try {
    const now = await agent
      .call('tenant.read', { account: ACCOUNT, path, maxBytes: 65_536 })
      .catch(() => null);
    if (now && Buffer.from(now.content, now.encoding).toString() !== demoPage) return;
    // The web server checks that the file is there before it asks PHP; strangers are kept out by the home's own mode.
    await agent.call('tenant.write', {
      account: ACCOUNT,
      path,
      content: demoPage,
      encoding: 'utf8',
      mode: '0644',
    });
  } finally {
    agent.close();
  }
}

async function fetchTwice({ terminal, signal }: CliContext, progress: Progress): Promise<void> {
  const { bold, dim } = terminal.style;
  // A stamp of its own, so that also a second run sees how a page gets into the cache.
  let path = '/';
  let first: Page | null = null;
  const came = await waitUntil(
    async () => {
      path = `/?demo=${Date.now()}`;
      first = await fetchPage(DOMAIN, path).catch(() => null);
      // The web server asks a cache that was not there a second ago once more a second later.
      return first?.status === 200 && first.cache !== null;
    },
    20,
    signal,
  );
  const page = first as Page | null;
  if (!page || (!came && page.status !== 200)) {
    throw new CliError(
      `http://${DOMAIN}/ on port 80 answered ${page ? `with status ${page.status}` : 'nothing'}.`,
      ExitCode.jobFailed,
      [plain(page?.body.slice(0, 400) ?? '')],
    );
  }
  const second = await fetchPage(DOMAIN, path);
  progress.say(`asked for http://${DOMAIN}/ twice (Host header, port 80)`);
  terminal.out('');
  for (const [index, one] of [page, second].entries()) {
    terminal.out(
      `  ${index + 1}. status ${bold(String(one.status))}   X-Cache ${bold(plain(one.cache ?? 'not set'))}`,
    );
  }
  terminal.out(
    plain(second.body.trimEnd())
      .split('\n')
      .map((line) => `     ${dim('|')} ${line}`)
      .join('\n'),
  );
  terminal.out('');
  if (!/hit/i.test(second.cache ?? '')) progress.warn('the second answer did not come from the cache');
}
