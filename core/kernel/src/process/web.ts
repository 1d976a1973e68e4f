import { useCompileCache } from './use-compile-cache.js';

useCompileCache();
await import('./serve-web.js');
