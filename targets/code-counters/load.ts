/** Loads modules with code counters in them: through jiti, which compiles what is imported, with a Babel plugin of ours. */
import { isAbsolute, relative, sep } from 'node:path';
import type { JitiOptions, TransformOptions, TransformResult } from 'jiti';
import { CodeCounters } from './counters.ts';
import { countersPlugin } from './plugin.ts';

/** A module whose code counts, and what it counts with. */
export interface CountedModule {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly counters: CodeCounters;
}

/**
 * Imports a module (an absolute path) and what it imports. The files in `folder` count, those of packages that they use do
 * not. Rejects with whatever loading it threw.
 */
export async function importCounted(file: string, folder: string): Promise<CountedModule> {
  const { createJiti } = await import('jiti');
  const counters = new CodeCounters();
  const includes = (path: string): boolean => {
    const inside = relative(folder, path);
    return !isAbsolute(inside) && !inside.startsWith('..') && !inside.split(sep).includes('node_modules');
  };
  const options: JitiOptions = {
    interopDefault: false,
    // What is kept on disk or shared with this thread's other modules has no counters, or those of somebody else.
    fsCache: false,
    moduleCache: false,
  };
  const plain = createJiti(import.meta.url, options);
  // jiti does not tell Babel which file it is at, so each gets a plugin of its own.
  const transform = (one: TransformOptions): TransformResult => {
    const path = one.filename ?? '';
    if (!includes(path)) return { code: plain.transform(one) };
    const before = counters.size;
    const plugins = [countersPlugin(counters, relative(folder, path).split(sep).join('/'))];
    const code = plain.transform({ ...one, babel: { ...one.babel, plugins } });
    if (counters.size > before) counters.files.push(path);
    return { code };
  };
  const jiti = createJiti(import.meta.url, { ...options, transform });
  try {
    // Synchronously, it compiles plain ES modules too. Its types call that way deprecated; nothing replaces it.
    return { exports: jiti(file) as Readonly<Record<string, unknown>>, counters };
  } catch {
    // Modules that await at their top level: of these only what is TypeScript is compiled, and so counted.
    return { exports: await jiti.import<Record<string, unknown>>(file), counters };
  }
}
