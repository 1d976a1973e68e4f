export * from './driver.js';
export * from './operations.js';
export * from './agent-error.js';
export * from './client.js';
export * from './frames.js';
export * from './validate.js';
export * from './tenant-result-checks.js';
export { holdsControl } from './check/text.js';
