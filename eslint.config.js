import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Who may import whom; the rooms are described in docs/architecture.md. */
const rooms = [
  ['core/protocol/src/**', ['@tenpanel/*'], 'The protocol depends on nothing.'],
  [
    'core/agent/src/**',
    ['@tenpanel/!(protocol)', '@tenpanel/!(protocol)/**'],
    'The root agent imports only the protocol and node:*.',
  ],
  [
    'sdk/plugin/src/**',
    ['@tenpanel/!(protocol)', '@tenpanel/!(protocol)/**'],
    'The SDK imports only the protocol.',
  ],
  ['sdk/ui/src/**', ['@tenpanel/*'], 'What browsers load depends on Vue only.'],
  [
    'core/kernel/src/**',
    ['@tenpanel/plugin-*', '@tenpanel/agent/**', '@tenpanel/cli/**', '@tenpanel/testing'],
    'The kernel knows no plugin.',
  ],
  [
    'plugins/*/src/**',
    ['@tenpanel/!(sdk|testing)', '@tenpanel/!(sdk|testing)/**', '@mikro-orm/*'],
    'A plugin is written against @tenpanel/sdk only.',
  ],
  [
    'docs/examples/**',
    ['@tenpanel/!(sdk|testing|ui-sdk)', '@tenpanel/!(sdk|testing|ui-sdk)/**'],
    'An example is written against @tenpanel/sdk and, in the browser, @tenpanel/ui-sdk only.',
  ],
];

const shells = [
  {
    name: 'node:child_process',
    importNames: ['exec', 'execSync', 'default'],
    message: 'Programs run through the one process runner, never through a shell.',
  },
  { name: 'child_process', message: 'Use the process runner.' },
];

const roomRules = rooms.map(([files, group, message]) => ({
  files: [files],
  ignores: ['**/*.test.ts'],
  rules: { 'no-restricted-imports': ['error', { paths: shells, patterns: [{ group, message }] }] },
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.var/**', '**/.cache/**', 'ui/**/*.vue'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        TextDecoder: 'readonly',
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'max-lines': ['error', { max: 400 }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-properties': [
        'error',
        ...['url', 'host', 'hostname', 'origin', 'href'].map((property) => ({
          object: 'ctx',
          property,
          message: 'Compare ctx.path; links come from configuration.',
        })),
        {
          object: 'em',
          property: 'assign',
          message: 'Fields are set one by one, never from a request body.',
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "Property[key.name='shell'][value.value=true]", message: 'No shell, ever.' },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['vitest.config.ts', 'ui/**', 'plugins/*/src/index.ts', 'docs/examples/**', '**/*.test.ts'],
    rules: {
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } },
      ],
    },
  },
  { files: ['**/*.test.ts', 'sdk/testing/**', 'tests/**'], rules: { 'max-lines': ['error', { max: 600 }] } },
  ...roomRules,
);
