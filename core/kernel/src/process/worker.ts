import { useCompileCache } from './use-compile-cache.js';

useCompileCache();
await import('./serve-worker.js');
