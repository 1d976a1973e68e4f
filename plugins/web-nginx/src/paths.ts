/** Where things lie on every host; the driver names the same places. */
export const paths = {
  /** 0750 root:tenpanel-web. Who is not in the group cannot even look for the sockets. */
  run: '/run/tenpanel-web',
  backendSocket: '/run/tenpanel-web/backend.sock',
  probeSocket: '/run/tenpanel-web/probe.sock',
  socketGroup: 'tenpanel-web',
  snippets: '/etc/nginx/tenpanel',
  htpasswd: '/etc/nginx/tenpanel/htpasswd',
  acme: '/var/lib/tenpanel-acme',
  accessLog: '/var/log/tenpanel-web/access.log',
  errorLog: '/var/log/tenpanel-web/error.log',
} as const;

/** Folder of a site below its account's home. */
export const siteFolder = (domain: string) => `domains/${domain}`;
