import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startWeb } from '../boot/start-web.js';
import { inheritedSocket } from './inherited-socket.js';
import { runProcess } from './run-process.js';

const builtUi = fileURLToPath(new URL('../../../../ui/dist', import.meta.url));

await runProcess('web', (kernel) =>
  startWeb(kernel, { uiDir: existsSync(builtUi) ? builtUi : null, fd: inheritedSocket() }),
);
