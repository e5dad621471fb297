/**
 * Which revision of each source file a stack behaves like. Code asks `profile.since('virtio.c', '1.66')` where history
 * changed it, so that the revision that a behaviour rests on stands where the behaviour is.
 */

import type { DriverFaultName } from '../faults/driver-catalogue.ts';

/** Source files with a readable history; the path is in sys/dev of NetBSD. */
export type SourceFile =
  | 'virtio.c'
  | 'virtio_mmio.c'
  | 'virtio_pci.c'
  | 'virtio_mmio_cmdline.c'
  | 'virtio.config'
  | 'viocon.c'
  | 'viornd.c'
  | 'ld_virtio.c'
  | 'vioscsi.c'
  | 'if_vioif.c'
  | 'viomb.c'
  | 'vio9p.c'
  | 'viogpu.c';

export type Revisions = Readonly<Record<SourceFile, string>>;

/** The newest bodies that were readable. */
export const HEAD: Revisions = {
  'virtio.c': '1.82',
  'virtio_mmio.c': '1.15',
  'virtio_pci.c': '1.54',
  'virtio_mmio_cmdline.c': '1.1',
  'virtio.config': '1.2',
  'viocon.c': '1.10',
  'viornd.c': '1.21',
  'ld_virtio.c': '1.43',
  'vioscsi.c': '1.35',
  'if_vioif.c': '1.110',
  'viomb.c': '1.17',
  'vio9p.c': '1.11',
  'viogpu.c': '1.3',
};

/** Revisions count: 1.9 is before 1.10. */
export function compareRevisions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export class Profile {
  readonly name: string;
  readonly revisions: Revisions;
  /** Deviations that no revision had: seeded defects, and repairs of what no revision has repaired yet. */
  readonly switches: ReadonlySet<string>;

  constructor(name: string, revisions: Partial<Revisions> = {}, switches: Iterable<string> = []) {
    this.name = name;
    this.revisions = { ...HEAD, ...revisions };
    this.switches = new Set(switches);
  }

  /** Whether the file is at that revision or a later one. */
  since(file: SourceFile, revision: string): boolean {
    return compareRevisions(this.revisions[file], revision) >= 0;
  }

  /** Whether the file is at a revision in `[first, fixed)`. */
  between(file: SourceFile, first: string, fixed: string): boolean {
    return this.since(file, first) && !this.since(file, fixed);
  }

  /** Whether a seeded defect is switched on. */
  fault(name: DriverFaultName): boolean {
    return this.switches.has(name);
  }

  has(name: string): boolean {
    return this.switches.has(name);
  }
}
