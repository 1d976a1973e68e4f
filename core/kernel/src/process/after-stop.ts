import { rmSync } from 'node:fs';
import { crashMarker } from '../plugins/crash-marker.js';

/*
 * systemd calls this with the name of a process that has ended, in its state folder (ExecStopPost= and EXIT_STATUS in
 * systemd.service(5), systemd.exec(5)). SIGKILL comes from outside, from an administrator or from the kernel that was
 * out of memory: the plugin that was being started at that moment is not to blame.
 */
const [, , name = 'web'] = process.argv;
if (process.env['EXIT_STATUS'] === 'KILL') rmSync(crashMarker(process.cwd(), name), { force: true });
