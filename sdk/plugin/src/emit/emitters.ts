import type { Emitter } from './emitter.js';
import { htpasswdEmitter } from './htpasswd.js';
import { iniEmitter } from './ini.js';
import { nginxEmitter } from './nginx.js';
import { systemdEmitter } from './systemd.js';
import { vclEmitter } from './vcl.js';

/** Emitters by the suffix of a template: `site.nginx.eta` -> `nginx`. */
export const emitters: Readonly<Record<string, Emitter>> = {
  nginx: nginxEmitter,
  ini: iniEmitter,
  vcl: vclEmitter,
  systemd: systemdEmitter,
  htpasswd: htpasswdEmitter,
};
