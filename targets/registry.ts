/** Finds targets by the names that `--target` takes, and lists those that have one. */
import { createCountedEmulator, createEmulatorTarget } from './emulator-target.ts';
import { loadModuleTarget } from './module-target.ts';
import { packageVersion } from './package-version.ts';
import { QEMU_TARGETS, createQemuTarget, qemuAvailability } from './qemu/qemu-target.ts';
import { createQtestTarget } from './qtest-target.ts';
import { REFERENCE_NAMES } from './reference-driver/name.ts';
import { TargetUnavailable, type Target } from './target.ts';

export interface ResolveOptions {
  /** Seeded faults to switch on; only the emulator has any. */
  readonly faults?: readonly string[];
  /** File that describes the device of a `qtest:` target. */
  readonly describe?: string;
  /** Load it with code counters, if it is JavaScript of this process. */
  readonly coverage?: boolean;
  /** Milliseconds without an answer after which an implementation in another process counts as hung. */
  readonly patience?: number;
  /** Milliseconds that a wait for such a device goes on. */
  readonly waitPatience?: number;
}

export interface ListedTarget {
  readonly name: string;
  /** It can be run on this machine. */
  readonly available: boolean;
  readonly version?: string;
  /** What to install where it is not available. */
  readonly missing?: string;
}

const EMULATOR = 'emulator';
/** Any profile of the driver stack, and the reference driver; `run` takes them without this registry. */
const DRIVERS = ['driver:CHILD@REVISION', ...REFERENCE_NAMES.map((name) => `driver:${name}`)];
const MODULE = /^\.{0,2}\/|\.[cm]?[jt]s$/;

/**
 * The target of a name: `emulator`, `qemu:MACHINE`, `qtest:ENDPOINT`, or the path of a module. Rejects with
 * TargetUnavailable for names that don't exist (with the nearest that does), modules and descriptions that are wrong.
 * Whether QEMU is installed shows only when a combination is opened.
 */
export async function resolveTarget(spec: string, options: ResolveOptions = {}): Promise<Target> {
  if (spec === EMULATOR) {
    const { faults } = options;
    return options.coverage === true ? createCountedEmulator({ faults }) : createEmulatorTarget({ faults });
  }
  if ((options.faults ?? []).length > 0)
    throw new TargetUnavailable(`only the emulator has faults to switch on, not ${spec}`);
  if (spec.startsWith('qtest:')) return createQtestTarget(spec.slice('qtest:'.length), options);
  const qemu = createQemuTarget(spec, options);
  if (qemu !== undefined) return qemu;
  if (spec.startsWith('file:')) return loadModuleTarget(new URL(spec).pathname, options.coverage);
  if (MODULE.test(spec)) return loadModuleTarget(spec, options.coverage);
  throw new TargetUnavailable(`there is no target ${spec}; ${suggestion(spec)}`);
}

/** All targets that have a name of their own, with what is missing for those that can't be run here. */
export async function listTargets(): Promise<readonly ListedTarget[]> {
  const qemu = QEMU_TARGETS.map(async (name): Promise<ListedTarget> => {
    const { version, binary, debianPackage } = (await qemuAvailability(name))!;
    if (version !== undefined) return { name, available: true, version };
    const missing = `${binary} is not installed; on Debian and Ubuntu: apt-get install ${debianPackage}`;
    return { name, available: false, missing };
  });
  return [
    { name: EMULATOR, available: true, version: packageVersion() },
    ...DRIVERS.map((name) => ({ name, available: true, version: packageVersion() })),
    ...(await Promise.all(qemu)),
  ];
}

function suggestion(spec: string): string {
  const names = [EMULATOR, ...QEMU_TARGETS];
  const distances = names.map((name) => ({ name, distance: editDistance(spec.toLowerCase(), name) }));
  const best = distances.reduce((a, b) => (b.distance < a.distance ? b : a));
  if (best.distance <= Math.max(2, spec.length * 0.4)) return `did you mean ${best.name}?`;
  return `known are ${names.join(', ')}, qtest:ENDPOINT and paths of modules`;
}

/** Insertions, deletions and replacements that make one word the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
