import { startWorker } from '../boot/start-worker.js';
import { runProcess } from './run-process.js';

await runProcess('worker', startWorker);
