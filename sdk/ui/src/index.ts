export * from './host.js';
export * from './ui-plugin.js';
