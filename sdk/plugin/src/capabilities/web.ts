import type { EntityManager } from '@mikro-orm/core';
import { createToken } from '../token.js';

export type SiteType = 'php' | 'static' | 'proxy' | 'redirect';

/** A site as contributors see it. */
export interface SiteFacts {
  id: number;
  tenantId: number;
  accountId: number;
  account: string;
  domain: string;
  aliases: string[];
  type: SiteType;
  /** Absolute. */
  documentRoot: string;
  suspended: boolean;
}

/** What a plugin adds to the configuration of one site. Only data; web-nginx does the quoting. */
export interface SiteContribution {
  /** Unix socket of the FPM master that runs this site's PHP. */
  phpSocket?: string;
  /** Policy that travels to the cache as the header `X-Tenpanel-Cache`, for example `on;ttl=120`. */
  cachePolicy?: string;
  /** Certificate and key files (absolute, root-only key), for a TLS listener. */
  certificate?: { fullchain: string; key: string; redirectToHttps: boolean; hsts: string | null };
  /** Not ready yet: the site waits with this reason. */
  waiting?: string;
}

export interface SiteContributor {
  id: string;
  contribute(sites: readonly SiteFacts[], ctx: { em: EntityManager }): Promise<Map<number, SiteContribution>>;
}

/** A cache that stands between the front and the back of the web server. */
export interface OriginCache {
  id: string;
  /** Unix socket the front sends requests to; the backend is tried when it does not answer. */
  socket: string;
}

export interface Web {
  get(em: EntityManager, siteId: number): Promise<SiteFacts | null>;
  byDomain(em: EntityManager, domain: string): Promise<SiteFacts | null>;
  ofAccount(em: EntityManager, accountId: number): Promise<SiteFacts[]>;
  /** Call in `setup`. */
  contribute(contributor: SiteContributor): void;
  /** Call in `setup`; at most one cache. The shared part of the configuration follows, no site is written again. */
  useCache(cache: OriginCache): void;
  /** Unix socket of the backend, for a cache to ask. */
  readonly backendSocket: string;
  /** System group whose members may reach the private sockets. */
  readonly socketGroup: string;
  /** Requests, bytes, cache hits and misses of a site per day, newest last. */
  traffic(
    em: EntityManager,
    siteId: number,
    days: number,
  ): Promise<{ day: string; requests: number; bytes: number; hits: number; misses: number }[]>;
}

export const webToken = createToken<Web>('web', '1.0.0');

export interface SiteDraft {
  accountId: number;
  domain: string;
  aliases: string[];
  type: SiteType;
  /** Other plugins' wishes from the request, by plugin id, for example `{php: {version: '8.2'}}`. */
  extra: Record<string, unknown>;
}

declare module '../hooks.js' {
  interface HookCatalogue {
    'site.create': {
      draft: SiteDraft;
      subject: { site: SiteFacts; draft: SiteDraft };
      fact: { siteId: number; accountId: number; domain: string };
    };
    'site.update': {
      draft: SiteDraft & { siteId: number };
      subject: { site: SiteFacts; draft: SiteDraft };
      fact: { siteId: number; domain: string };
    };
    /**
     * The server's configuration of a site has changed and is live: what was made with the former one (pages in a cache,
     * for example) is out of date. Not for a new site, and not when the site was written again without a difference.
     */
    'site.changed': {
      draft: { siteId: number };
      subject: SiteFacts;
      fact: { siteId: number; domain: string };
    };
    'site.delete': {
      draft: { siteId: number };
      subject: SiteFacts;
      fact: { siteId: number; domain: string };
    };
  }
}
