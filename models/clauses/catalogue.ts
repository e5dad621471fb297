/** The clause catalogue: every requirement that a verdict can be about, typed so that a misspelt id does not compile. */
import { ADMIN } from './areas/admin.ts';
import { BALLOON } from './areas/balloon.ts';
import { BASIC } from './areas/basic.ts';
import { BLK } from './areas/blk.ts';
import { CONSOLE } from './areas/console.ts';
import { ENTROPY } from './areas/entropy.ts';
import { GPU } from './areas/gpu.ts';
import { INIT } from './areas/init.ts';
import { MMIO } from './areas/mmio.ts';
import { NET } from './areas/net.ts';
import { NETBSD } from './areas/netbsd.ts';
import { PACKED } from './areas/packed.ts';
import { PCI } from './areas/pci.ts';
import { RESERVED } from './areas/reserved.ts';
import { SCSI } from './areas/scsi.ts';
import { SPLIT } from './areas/split.ts';
import { UNTAGGED } from './areas/untagged.ts';

/** Keyword of a clause. Level decides the verdict: a broken MUST fails, a broken SHOULD warns, and so does a MAY exceeded. */
export type Level = 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT' | 'MAY';
export type Party = 'device' | 'driver' | 'both';
export type Testability = 'device-observable' | 'driver-observable' | 'internal' | 'prose';

export interface Clause {
  readonly id: string;
  readonly area: string;
  readonly party: Party;
  readonly level: Level;
  /** Section of VIRTIO 1.4 CS01; for NetBSD's own rules the source file and revision that they rest on. */
  readonly section: string;
  readonly testability: Testability;
  /** Applies to the legacy interface only. */
  readonly legacy: boolean;
  /** The requirement in our own words. */
  readonly summary: string;
  /** How it can be observed. */
  readonly how: string;
}

const ROWS = [
  ...ADMIN,
  ...BALLOON,
  ...BASIC,
  ...BLK,
  ...CONSOLE,
  ...ENTROPY,
  ...GPU,
  ...INIT,
  ...MMIO,
  ...NET,
  ...NETBSD,
  ...PACKED,
  ...PCI,
  ...RESERVED,
  ...SCSI,
  ...SPLIT,
  ...UNTAGGED,
] as const satisfies readonly Clause[];

export type ClauseId = (typeof ROWS)[number]['id'];

/** A clause by number: its position in the catalogue. What the hot path counts with. */
export type ClauseIndex = number & { readonly __clause: unique symbol };

export const CLAUSES: readonly (Clause & { readonly id: ClauseId })[] = ROWS;

const BY_ID = new Map<string, ClauseIndex>(ROWS.map((row, index) => [row.id, index as ClauseIndex]));

/** Position of a clause in the catalogue; the id is checked by the compiler. */
export function clause(id: ClauseId): ClauseIndex {
  return BY_ID.get(id)!;
}

/** Position of a clause whose id comes from outside (a file, a flag), or undefined. */
export function findClause(id: string): ClauseIndex | undefined {
  return BY_ID.get(id);
}

export function isMust(level: Level): boolean {
  return level === 'MUST' || level === 'MUST NOT';
}
