/**
 * Arguments of Node.js for the processes that stay. By default V8 lets objects that die young fill some 130 MB on a
 * server before it looks for them, in each process; 8 MiB a half were not measurably slower.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=8'];

/** glibc gives each thread an arena that it never returns from (mallopt(3), M_ARENA_MAX); two are enough. */
export const nodeEnvironment = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' } as const;
