import { useCompileCache } from '@tenpanel/kernel/process/use-compile-cache';

// The panel's user, whose code the cache is, runs this too; root never does.
useCompileCache();
await import('./offline-act.js');
