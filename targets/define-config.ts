/**
 * The interface for a project's settings: `export default defineConfig({ ... })` in `virtcheck.config.ts` (or .js, or the
 * same object in virtcheck.config.json), in the folder where virtcheck is started or one above. docs/configuration.md
 * explains it; reports/schemas/config.schema.json describes the JSON form.
 */
import type { DeviceKind, Transport } from '../models/setup.ts';

/** A target with a name of its own: `virtcheck run --target NAME`. Paths are relative to the file. */
export interface NamedTarget {
  /** What is judged: a module's path, `qtest:...`, `qemu:MACHINE`, `emulator` or `driver:...`. */
  readonly target: string;
  /** JSON description of a `qtest:` endpoint. */
  readonly describe?: string;
  /** Device types to judge. Default: all that the target offers. */
  readonly device?: readonly DeviceKind[];
  /** Register layouts to judge. Default: all that the target offers. */
  readonly transport?: readonly Transport[];
  /** File of recorded deviations (reports/schemas/expectations.schema.json). */
  readonly expectations?: string;
}

/** Values for options that the command line leaves out. */
export interface ConfigDefaults {
  /** A target, or the name of one in `targets`. */
  readonly target?: string;
  /** Seed of everything random, 0 to 2^31 - 1. */
  readonly seed?: number;
  /** How many scenarios are tried. */
  readonly effort?: 'quick' | 'normal' | 'thorough';
  /** Worker threads. */
  readonly jobs?: number;
  /** Folder for traces, relative to the file. */
  readonly out?: string;
  /** A broken SHOULD is a deviation, too. */
  readonly strict?: boolean;
}

/** Settings of a project. */
export interface VirtcheckConfig {
  readonly defaults?: ConfigDefaults;
  readonly targets?: Readonly<Record<string, NamedTarget>>;
}

/** Declares a project's settings; returns its argument, so that an editor can check and complete it. */
export function defineConfig(config: VirtcheckConfig): VirtcheckConfig {
  return config;
}
