/** Finds the target that `--target` names, and tells a misspelt name from one that cannot be run here. */
import type { PlainTargetOptions } from '../harness/parallel-protocol.ts';
import { QEMU_TARGETS } from '../targets/qemu/qemu-target.ts';
import { parseDriverProfile, UnknownProfile, type DriverProfile } from '../targets/driver-stack/profile-name.ts';
import { resolveTarget } from '../targets/registry.ts';
import { TargetUnavailable, type Target } from '../targets/target.ts';
import { UsageError } from './exit-codes.ts';
import { checkReadableFile } from './files.ts';
import { didYouMean } from './suggest.ts';

const NAMED: readonly string[] = ['emulator', ...QEMU_TARGETS];
/** What looks so names an endpoint or a file, and is in no list. */
const OPEN_ENDED = /^qtest:(unix|tcp|exec):|^\.{0,2}\/|^file:|\.[cm]?[jt]s$/;

/** Throws a UsageError for a name that cannot be a target, here or anywhere. */
export function checkTargetName(spec: string): void {
  if (OPEN_ENDED.test(spec) || NAMED.includes(spec)) {
    if (!/^(qtest|file):/.test(spec) && !NAMED.includes(spec)) checkReadableFile('--target', spec);
    return;
  }
  const hint = spec.startsWith('qtest:')
    ? 'an endpoint is qtest:unix:PATH, qtest:tcp:HOST:PORT or qtest:exec:COMMAND'
    : (didYouMean(spec, NAMED) ?? `known are ${NAMED.join(', ')}, qtest:..., and the path of a module (./device.ts)`);
  throw new UsageError(`--target: there is no target '${spec}'`, hint);
}

export async function findTarget(spec: string, options: PlainTargetOptions): Promise<Target> {
  checkTargetName(spec);
  return resolveTarget(spec, options);
}

/** The profile of a driver stack that `--target driver:...` names. Throws a UsageError for one that cannot be meant. */
export function findDriver(spec: string, faults?: readonly string[]): DriverProfile {
  try {
    return parseDriverProfile(spec, faults);
  } catch (error) {
    if (!(error instanceof TargetUnavailable)) throw error;
    const meant = error instanceof UnknownProfile ? didYouMean(error.word, error.known) : undefined;
    throw new UsageError(
      `--target: ${error.message}`,
      meant ?? "for example driver:viocon@1.9, driver:ld@HEAD, driver:viocon@virtio.c-1.66 ('virtcheck targets' lists)",
    );
  }
}
