import { defineConfig } from 'virtcheck';

export default defineConfig({
  defaults: { target: 'my-rng' },
  targets: {
    'my-rng': { target: './src/my-rng.ts', expectations: 'expectations/my-rng.json' },
  },
});
