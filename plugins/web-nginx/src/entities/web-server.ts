import { defineEntity, p, resourceProperties, type ResourceRow } from '@tenpanel/sdk';

/** What all sites share. */
export interface WebServerSpec {
  ipv6: boolean;
  /** The distribution's certificate bundle, to verify what proxy sites talk to. */
  caBundle: string | null;
  cacheSocket: string | null;
  maxBodyMegabytes: number;
}

/** One row: the shared part of the configuration. */
export const webServerEntity = defineEntity({
  name: 'WebServer',
  tableName: 'web_server',
  schema: 'plg_web_nginx',
  properties: { ...resourceProperties<WebServerSpec>(), single: p.boolean().default(true) },
});

export interface WebServer extends ResourceRow<WebServerSpec> {
  single: boolean;
}
