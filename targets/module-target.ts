/** A user's own device in a TypeScript or JavaScript module: `--target ./my-device.ts` (see define-target.ts). */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Claims } from '../models/setup.ts';
import type { HostActionKind } from '../models/trace/event-log.ts';
import type { TargetDefinition, TargetDevice } from './define-target.ts';
import { importCounted } from './code-counters/load.ts';
import { InProcessSession, type InProcessDevice } from './in-process/session.ts';
import { loadDefaultExport } from './load-module.ts';
import { TargetUnavailable, type Combination, type Target } from './target.ts';
import { Checker, checkClaims, checkCommon, isObject, modeFor } from './validation.ts';

const DEFAULT_MEMORY = { base: 0x4000_0000, size: 1 << 20 };
const MAX_MEMORY = 1 << 30;
const DEFAULT_VARIANT = 'default';

const HOST_ACTIONS: readonly HostActionKind[] = [
  'resize-disk',
  'console-input',
  'console-output',
  'resize-console',
  'port',
  'break-device',
];

const FIELDS = [
  'name',
  'version',
  'device',
  'transport',
  'mode',
  'memory',
  'claims',
  'variants',
  'hostActions',
  'create',
];

/**
 * Loads a module (path relative to the working directory) and checks its default export; with `coverage`, code counters
 * are put into it and into what it imports from its own project. Rejects with TargetUnavailable, whose message says what is
 * wrong with it.
 */
export async function loadModuleTarget(path: string, coverage = false): Promise<Target> {
  const file = resolve(path);
  if (!existsSync(file)) throw new TargetUnavailable(`${path}: no such file`);
  if (!coverage) return createModuleTarget(await importModule(path, () => loadDefaultExport(file)), path);
  const { exports, counters } = await importModule(path, () => importCounted(file, projectOf(file)));
  return { ...createModuleTarget(exports.default, path), code: counters };
}

/** The folder whose code is the user's: that of the nearest package.json, unless it is this package's own. */
function projectOf(file: string): string {
  const project = packageAbove(file);
  return project === undefined || project === packageAbove(fileURLToPath(import.meta.url)) ? dirname(file) : project;
}

function packageAbove(file: string): string | undefined {
  for (let at = dirname(file); at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, 'package.json'))) return at;
  return undefined;
}

/** The target that a definition describes. Throws TargetUnavailable; `source` names the definition in its message. */
export function createModuleTarget(definition: unknown, source: string): Target {
  const problems = definitionProblems(definition);
  if (problems.length > 0) {
    throw new TargetUnavailable(
      `${source} is not a target:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  const target = definition as TargetDefinition;
  const variants: Readonly<Record<string, { readonly claims?: Claims }>> = target.variants ?? { [DEFAULT_VARIANT]: {} };
  const mode = modeFor(target.transport, target.mode);
  return {
    name: target.name,
    combinations: Object.keys(variants).map((variant) => ({
      device: target.device,
      transport: target.transport,
      mode,
      variant,
    })),
    open: async (combination) => openModule(target, combination, variants[combination.variant]?.claims),
  };
}

/** What keeps a value from being a TargetDefinition, in words; empty if nothing does. */
export function definitionProblems(value: unknown): readonly string[] {
  if (!isObject(value)) {
    const got = value === undefined ? 'there is no default export' : 'its default export is not an object';
    return [`${got}; write "export default defineTarget({ ... })"`];
  }
  const check = new Checker();
  check.onlyFields(value, FIELDS);
  checkCommon(check, value);
  if (typeof value.create !== 'function') check.complain('create', 'a function that makes a device', value.create);
  if (value.memory !== undefined) checkMemory(check, value.memory);
  if (value.variants !== undefined) checkVariants(check, value.variants);
  const { hostActions } = value;
  if (hostActions !== undefined) {
    if (!Array.isArray(hostActions)) check.complain('hostActions', 'a list', hostActions);
    else hostActions.forEach((action, i) => check.oneOf(`hostActions[${i}]`, action, HOST_ACTIONS));
  }
  return check.problems;
}

function checkMemory(check: Checker, memory: unknown): void {
  if (!isObject(memory)) {
    check.complain('memory', 'an object with base and size', memory);
    return;
  }
  check.integer('memory.base', memory.base, 0);
  check.integer('memory.size', memory.size, 4096);
  if (Number(memory.size) > MAX_MEMORY) check.complain('memory.size', 'at most 1 GiB', memory.size);
}

function checkVariants(check: Checker, variants: unknown): void {
  if (!isObject(variants) || Object.keys(variants).length === 0) {
    check.complain('variants', 'an object with a field for each variant', variants);
    return;
  }
  for (const [name, variant] of Object.entries(variants)) {
    if (!isObject(variant)) check.complain(`variants.${name}`, 'an object, {} if nothing differs', variant);
    else if (variant.claims !== undefined) checkClaims(check, `variants.${name}.claims`, variant.claims);
  }
}

function openModule(target: TargetDefinition, combination: Combination, claims: Claims | undefined): InProcessSession {
  const known = target.variants === undefined ? [DEFAULT_VARIANT] : Object.keys(target.variants);
  if (!known.includes(combination.variant)) {
    throw new TargetUnavailable(`${target.name} has no variant ${combination.variant}; it has ${known.join(', ')}`);
  }
  return new InProcessSession({
    info: {
      ...combination,
      target: target.name,
      version: target.version,
      memory: target.memory ?? DEFAULT_MEMORY,
      observesDeviceStores: true,
      observesInterrupt: true,
      hostActions: target.hostActions ?? [],
      claims: { ...target.claims, ...claims },
    },
    create: (platform) => adapt(target.create(platform, combination.variant)),
    clearEverything: true,
  });
}

function adapt(device: TargetDevice): InProcessDevice {
  for (const method of ['read', 'write'] as const) {
    if (typeof device?.[method] !== 'function')
      throw new TypeError(`create() returned no device: no method "${method}"`);
  }
  return {
    registers: {
      readRegister: (offset, size) => toRegisterValue(device.read(offset, size), offset, size),
      writeRegister: (offset, size, value) => device.write(offset, size, value),
    },
    settle: () => device.settle?.(),
    // Modules in JavaScript may say null.
    host: (event) => device.host?.(event) ?? undefined,
  };
}

/** Bit operations give negative numbers where bit 31 is set; that is forgiven. Anything else that is no value is not. */
function toRegisterValue(value: unknown, offset: number, size: number): number {
  if (!Number.isInteger(value)) {
    throw new TypeError(`read(0x${offset.toString(16)}, ${size}) returned ${String(value)}, not a whole number`);
  }
  const number = value as number;
  if (size === 8) return number < 0 ? number + 2 ** 64 : number;
  return size === 4 ? number >>> 0 : number & (size === 2 ? 0xffff : 0xff);
}

async function importModule<T>(path: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new TargetUnavailable(`${path} can't be loaded: ${text}`);
  }
}
