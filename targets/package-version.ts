import { readFileSync } from 'node:fs';

let version: string | undefined;

/** Version of this package. Sources lie one folder below package.json, compiled files two. */
export function packageVersion(): string {
  version ??= read('../package.json') ?? read('../../package.json') ?? 'unknown';
  return version;
}

function read(relative: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(new URL(relative, import.meta.url), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return undefined;
    return typeof parsed.version === 'string' ? parsed.version : undefined;
  } catch {
    return undefined;
  }
}
