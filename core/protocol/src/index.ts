export * from './driver.js';
export * from './operations.js';
