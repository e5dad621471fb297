import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Who may import whom (docs/architecture.md). Every folder lists what it must not reach. */
const mayImport = {
  models: [],
  generators: ['models'],
  emulator: [],
  targets: ['emulator', 'models'],
  harness: ['models', 'generators', 'targets'],
  suites: ['models', 'generators', 'targets', 'harness', 'emulator', 'fuzz'],
  fuzz: ['models', 'generators', 'targets', 'harness'],
  reports: ['models'],
};
/** Reports are made from results alone: the files that they may know of folders that are closed to them. */
const resultsOf = { harness: 'result', fuzz: 'result' };
const folders = ['models', 'generators', 'emulator', 'targets', 'harness', 'suites', 'fuzz', 'reports', 'cli', 'bench'];

const boundaries = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: folders
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            regex:
              folder === 'reports' && other in resultsOf
                ? `^(\\.\\./)+${other}/(?!${resultsOf[other]}\\.ts$)`
                : `^(\\.\\./)+${other}/`,
            message: `${folder}/ must not import ${other}/ (docs/architecture.md, "Who may import whom")`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'site/', 'node_modules/', 'virtcheck-out/', 'coverage/', '.stryker-tmp/'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
  {
    // Runs in the browser that shows a report.
    files: ['reports/html/assets/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['document', 'navigator', 'FormData', 'setTimeout', 'addEventListener'].map((name) => [name, 'readonly']),
      ),
    },
  },
  { files: ['models/clauses/areas/**', '**/*.test.ts'], rules: { 'max-lines': 'off' } },
  ...boundaries,
);
