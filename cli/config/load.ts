/**
 * Finds and checks `virtcheck.config.*`. What it may hold: targets/define-config.ts, reports/schemas/config.schema.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { lilconfig } from 'lilconfig';
import { packageFolder } from '../../harness/package-folder.ts';
import type { VirtcheckConfig } from '../../targets/define-config.ts';
import { loadDefaultExport } from '../../targets/load-module.ts';
import { UsageError } from '../exit-codes.ts';
import { didYouMean } from '../suggest.ts';
import { CONFIG_FILES, CONFIG_SCRIPTS } from './find.ts';

/** Settings and the file that they stand in. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: VirtcheckConfig;
}

/**
 * The settings in `file`, or in the nearest file that has one of the known names. Undefined where there is none. Throws a
 * UsageError that names the file and the place in it.
 */
export async function loadConfig(file: string | undefined, from = process.cwd()): Promise<LoadedConfig | undefined> {
  if (file !== undefined && !existsSync(file)) {
    throw new UsageError(
      `--config: cannot read ${file}: there is no such file`,
      `settings stand in ${CONFIG_FILES.join(', ')}, or in what --config names`,
    );
  }
  const finder = lilconfig('virtcheck', {
    searchPlaces: CONFIG_FILES,
    stopDir: resolve('/'),
    ignoreEmptySearchPlaces: false,
    loaders: Object.fromEntries(CONFIG_SCRIPTS.map((extension) => [extension, loadDefaultExport])),
  });
  let found: Awaited<ReturnType<typeof finder.search>>;
  try {
    found = file === undefined ? await finder.search(from) : await finder.load(resolve(file));
  } catch (error) {
    const where = file ?? 'virtcheck.config';
    throw new UsageError(
      `${where} can't be loaded: ${error instanceof Error ? error.message : String(error)}`,
      'mend it, or start without it: --no-config',
    );
  }
  return found === null ? undefined : { path: found.filepath, config: checked(found.filepath, found.config) };
}

function checked(path: string, value: unknown): VirtcheckConfig {
  if (value === undefined || value === null) {
    throw new UsageError(`${path} exports no settings`, 'write "export default defineConfig({ ... })"');
  }
  const schema = join(packageFolder(), 'reports', 'schemas', 'config.schema.json');
  const validate = new Ajv2020({ strict: false, verbose: true }).compile(
    JSON.parse(readFileSync(schema, 'utf8')) as object,
  );
  if (validate(value)) return value as VirtcheckConfig;
  const error = validate.errors![0];
  const { additionalProperty, allowedValues } = error.params as {
    readonly additionalProperty?: string;
    readonly allowedValues?: readonly string[];
  };
  const place = error.instancePath.slice(1).replaceAll('/', '.') || 'the settings';
  if (additionalProperty !== undefined) {
    const known = Object.keys((error.parentSchema as { readonly properties?: object }).properties ?? {});
    throw new UsageError(
      `${path}: ${place} cannot have '${additionalProperty}'`,
      didYouMean(additionalProperty, known) ?? `there are ${known.join(', ')} (docs/configuration.md)`,
    );
  }
  throw new UsageError(
    `${path}: ${place} ${error.message}${allowedValues === undefined ? '' : ` (${allowedValues.join(', ')})`}`,
    'docs/configuration.md says what may stand there',
  );
}
