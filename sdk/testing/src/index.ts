export * from './api-client.js';
export * from './check-plugin.js';
export * from './expect-golden.js';
export { FakeAgent, type RecordedCall } from './fake-agent.js';
export type { FakeFile, FakeState } from './fake-state.js';
export type { SignInOptions } from './sign-in.js';
export * from './start-test-panel.js';
export * from './test-log.js';
export { createTemplates } from '@tenpanel/kernel/templates/templates';
