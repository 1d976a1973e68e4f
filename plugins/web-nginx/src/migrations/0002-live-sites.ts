import type { MigrationStep } from '@tenpanel/sdk';

/** Apart from the site's own row, which an undo puts back as it was: this is what the server has, not what it should have. */
export const liveSites: MigrationStep = {
  name: '0002_live_sites',
  up: [
    `create table live_site (
      site_id integer primary key,
      files_sha256 text not null
    )`,
  ],
};
