/** Where settings may stand. Apart from loading them, which most starts can do without. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const CONFIG_SCRIPTS = ['.ts', '.mts', '.js', '.mjs'] as const;
/** In this order, in the current folder, then in those above it. */
export const CONFIG_FILES = [
  ...CONFIG_SCRIPTS.map((extension) => `virtcheck.config${extension}`),
  'virtcheck.config.json',
];

/** Whether a folder, or one above it, has settings. */
export function hasConfig(from = process.cwd()): boolean {
  for (let at = resolve(from); ; at = dirname(at)) {
    if (CONFIG_FILES.some((name) => existsSync(join(at, name)))) return true;
    if (at === dirname(at)) return false;
  }
}
