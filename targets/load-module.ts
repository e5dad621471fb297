/** Loads a user's JavaScript or TypeScript module, on every Node.js that virtcheck runs on. */
import { pathToFileURL } from 'node:url';

/** Node takes a .ts file for something unknown, or finds syntax in it that can't be erased. */
const NOT_BY_NODE = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
]);

/**
 * The default export of a module; `file` is an absolute path. Node.js loads what it can by itself; TypeScript that it
 * can't is compiled by jiti. Rejects with whatever loading or running the module threw.
 */
export async function loadDefaultExport(file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
    if (!/\.[cm]?ts$/.test(file) || !NOT_BY_NODE.has(code)) throw error;
  }
  const { createJiti } = await import('jiti');
  const module: { readonly default?: unknown } = await createJiti(import.meta.url, { interopDefault: false }).import(
    file,
  );
  return module.default;
}
