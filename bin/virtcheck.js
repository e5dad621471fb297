#!/usr/bin/env node
// Starts the compiled command; in a checkout that was not built yet, the sources through tsx.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../cli/main.ts', import.meta.url);

/** Loads the command, or returns undefined where there is nothing to load. */
async function load() {
  if (existsSync(built)) return import(built.href);
  if (!existsSync(source)) return undefined;
  try {
    const { register } = await import('tsx/esm/api');
    register();
  } catch {
    return undefined;
  }
  return import(source.href);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`virtcheck needs Node.js 20.19 or newer; this is ${process.versions.node}`);
  process.exit(2);
}
const command = await load();
if (command === undefined) {
  console.error("virtcheck is not built yet: run 'npm ci' (which builds it) or 'npm run build' in its folder");
  process.exit(2);
}
await command.main(process.argv.slice(2));
