/** Puts the settings of a project where the command line says nothing. */
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { ConfigDefaults } from '../../targets/define-config.ts';
import type { LoadedConfig } from './load.ts';

/** Options of a command that settings can fill in. */
export interface ConfigurableFlags {
  target?: string;
  describe?: string;
  device?: readonly string[];
  transport?: readonly string[];
  expectations?: string;
  seed?: number;
  effort?: string;
  jobs?: number;
  out?: string;
  strict?: boolean;
}

const PLAIN_DEFAULTS = ['seed', 'effort', 'jobs', 'strict'] as const satisfies readonly (keyof ConfigDefaults)[];

/**
 * Fills in `flags` what `isGiven` denies. A target's name from the settings is replaced by what it stands for, which may
 * bring description, devices, register layouts and recorded deviations with it. `accepts` tells which options the command
 * has at all.
 */
export function applyConfig(
  flags: ConfigurableFlags,
  { path, config }: LoadedConfig,
  isGiven: (option: keyof ConfigurableFlags) => boolean,
  accepts: (option: keyof ConfigurableFlags) => boolean,
): void {
  const { defaults = {}, targets = {} } = config;
  const fill = <K extends keyof ConfigurableFlags>(option: K, value: ConfigurableFlags[K]): void => {
    if (value !== undefined && accepts(option) && !isGiven(option)) flags[option] = value;
  };
  const fromHere = (file: string | undefined) => (file === undefined ? undefined : relativePath(dirname(path), file));
  for (const option of PLAIN_DEFAULTS) fill(option, defaults[option]);
  fill('out', fromHere(defaults.out));
  // A replay is performed on the target of its trace; only a run has to be told.
  if (accepts('seed')) fill('target', defaults.target);
  if (flags.target === undefined || !Object.hasOwn(targets, flags.target)) {
    if (flags.target !== undefined && flags.target === defaults.target && !isGiven('target')) {
      flags.target = locate(dirname(path), flags.target);
    }
    return;
  }
  const named = targets[flags.target];
  flags.target = locate(dirname(path), named.target);
  fill('describe', fromHere(named.describe));
  fill('device', named.device);
  fill('transport', named.transport);
  fill('expectations', fromHere(named.expectations));
}

/** The path of a module is relative to the settings that name it; other targets are names. */
function locate(folder: string, target: string): string {
  const isModule = /^\.{0,2}\/|\.[cm]?[jt]s$/.test(target) && !target.includes(':');
  if (!isModule) return target;
  const path = relativePath(folder, target);
  return isAbsolute(path) || path.startsWith('.') ? path : `./${path}`;
}

/** As the user would write it from the current folder. */
function relativePath(folder: string, file: string): string {
  if (isAbsolute(file)) return file;
  return relative(process.cwd(), resolve(folder, file)) || '.';
}
