/** Where the package's own data files lie. Sources stand one folder below package.json, compiled files two. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let folder: string | undefined;

/** The folder that holds package.json. */
export function packageFolder(): string {
  folder ??= nearestPackage(dirname(fileURLToPath(import.meta.url)));
  return folder;
}

function nearestPackage(start: string): string {
  for (let at = start; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) throw new Error(`no package.json above ${start}: the installation is incomplete`);
  }
}
