import {
  PanelError,
  query,
  type Condition,
  type ConfigSet,
  type ReconcileContext,
  type ReconcilerSpec,
  type Waiting,
} from '@tenpanel/sdk';
import { vhostEntity, type Vhost } from '../entities/vhost.js';
import { siteFiles } from '../render/site-files.js';
import type { SiteView } from '../render/site-view.js';
import type { Room } from '../room.js';
import { announceChange } from './announce-change.js';
import { claimNames } from './claim-names.js';
import { resolveTarget } from './proxy-target.js';
import { makeFolders, moveToTrash } from './site-folders.js';
import { siteFacts } from './site-facts.js';
import { loadSiteView } from './site-view.js';

const PATIENCE_MS = 60_000;

type Fact = Omit<Condition, 'since'>;

/** Makes a site real: folders, password files, the file in conf.d. */
export function vhostReconciler(room: Room): ReconcilerSpec<Vhost> {
  // What `render` has made of a row and of what, for `converge`, which gets the same object.
  const rendered = new WeakMap<Vhost, { view: SiteView; files: ConfigSet }>();
  return {
    kind: 'vhost',
    observed: ['addresses'],
    entity: vhostEntity,
    ready: (row, ctx) => waitFor(room, row, ctx),
    async render(row, { em }) {
      const view = await loadSiteView(room, row, em);
      const files = siteFiles(view);
      rendered.set(row, { view, files });
      return [files];
    },
    async converge(row, ctx) {
      await makeFolders(row, ctx.agent);
      await ctx.apply();
      const made = rendered.get(row);
      if (!made) return [];
      await announceChange(room, row, made.files);
      return conditions(row, made.view);
    },
    async remove(row, ctx) {
      const account = await room.accounts.get(ctx.em, row.spec.accountId);
      if (account && row.filesOnDelete === 'trash') await moveToTrash(row, ctx.agent, room.kit.now());
      await room.kit.transaction(async (em) => {
        await query(em, 'delete from plg_web_nginx.live_site where site_id = ?', [row.id]);
        await room.accounts.releaseDomains(em, { kind: 'vhost', id: row.id });
      });
    },
    services: () => [{ service: 'nginx' }],
  };
}

async function waitFor(room: Room, row: Vhost, ctx: ReconcileContext): Promise<Waiting | null> {
  if (!(await room.server.current())?.ready)
    return { waiting: 'The web server is being prepared.', retryAfter: 2 };
  const account = await room.accounts.get(ctx.em, row.spec.accountId);
  if (!account) return { waiting: 'The account is gone; the site goes with it.', retryAfter: 60 };
  if (!account.ready) return { waiting: 'The account is being created.', retryAfter: 2 };
  // A new site has claimed its names in the transaction that made it.
  const claimed = row.generation === 1 || row.observedGeneration === row.generation;
  const clash = claimed ? null : await namesTaken(room, row);
  if (clash) return { waiting: clash, retryAfter: 300 };
  if (!row.spec.enabled || account.suspended) return null;
  if (row.spec.type === 'proxy' && row.spec.proxy && !(await resolved(room, row))) {
    return {
      waiting: `${new URL(row.spec.proxy.url).hostname} has no address that can be used. Correct the target, or its DNS.`,
      retryAfter: 60,
    };
  }
  const facts = siteFacts(row, account);
  const { waiting } = (await room.contributors.of([facts], ctx.em)).get(row.id) ?? {};
  // Not for ever: what cannot come up must not keep the site's files from being served.
  return waiting && room.kit.now() - row.updatedAt.getTime() < PATIENCE_MS
    ? { waiting, retryAfter: 3 }
    : null;
}

/** An undo may bring back a name that somebody else has taken since. */
async function namesTaken(room: Room, row: Vhost): Promise<string | null> {
  try {
    await room.kit.transaction((em) => claimNames(room, em, row));
    return null;
  } catch (error) {
    if (error instanceof PanelError) return error.message;
    throw error;
  }
}

/** Look the target's addresses up and keep them in the row, where `render` finds them. */
async function resolved(room: Room, row: Vhost): Promise<boolean> {
  const { proxy } = row.spec;
  const found = proxy ? await resolveTarget(proxy.url, proxy.allowPrivate) : [];
  if (found.length > 0 && found.join() !== row.addresses.join()) {
    row.addresses = found;
    await room.kit.transaction((em) => em.nativeUpdate(vhostEntity, { id: row.id }, { addresses: found }));
  }
  return row.addresses.length > 0;
}

function conditions(row: Vhost, view: SiteView): Fact[] {
  const facts: Fact[] = [];
  const closed = view.suspended || !row.spec.enabled;
  facts.push({
    type: 'Suspended',
    status: closed ? 'true' : 'false',
    reason: view.suspended ? 'AccountSuspended' : closed ? 'SwitchedOff' : 'Open',
    message: view.suspended ? 'The account is suspended.' : closed ? 'The site is switched off.' : '',
  });
  if (row.spec.type === 'php') {
    const socket = view.contribution.phpSocket;
    facts.push({
      type: 'Php',
      status: socket ? 'true' : 'false',
      reason: socket ? 'Connected' : 'Missing',
      message: socket
        ? ''
        : (view.contribution.waiting ??
          'No plugin runs PHP for this site. Its files are served, its scripts answer 503.'),
    });
  }
  return facts;
}
