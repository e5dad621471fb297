/** Starts worker threads, from built files and from a source checkout alike. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * A worker thread that runs a module: `name` without extension, beside the module whose URL is `beside`. From a source
 * checkout (tests) the worker is TypeScript, and needs the loader that this thread has already.
 */
export function startWorker(name: string, beside: string, options: WorkerOptions): Worker {
  if (!beside.endsWith('.ts')) return new Worker(new URL(`${name}.js`, beside), options);
  // The path of what `tsx/esm/api` names for import; the worker has no place of its own to resolve it from.
  const manifest = createRequire(beside).resolve('tsx/package.json');
  const loader = new URL('dist/esm/api/index.mjs', pathToFileURL(manifest)).href;
  const entry = new URL(`${name}.ts`, beside).href;
  const start = `import(${JSON.stringify(loader)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(entry)}); });`;
  return new Worker(start, { ...options, eval: true });
}
