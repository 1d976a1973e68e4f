/** PostgreSQL notification after which web and worker restart to read the plugins again; the payload is the plugin's id. */
export const restartChannel = 'tenpanel_restart';
