/** What a regression case says: a defect of NetBSD's virtio(4), when it was there, and how it shows. */
import type { Scenario } from '../../harness/driver-stack/perform.ts';
import type { ClauseId } from '../../models/clauses/catalogue.ts';
import type { MachineSpec, ProfileSpec } from '../../targets/driver-stack/machine.ts';

/** A deterministic run of the defect. */
export interface Script {
  /** What is special about it: the transport, the kernel. */
  readonly name: string;
  readonly scenario: Scenario;
  /** Clauses that break with the defect, at least. */
  readonly breaks: readonly ClauseId[];
  /** How the kernel ends, where it does: a part of the panic's text. Absent: it must survive. */
  readonly panics?: string;
  /** Where it differs from the case's own. */
  readonly buggy?: ProfileSpec;
}

/**
 * Repairs of two findings that every attach of ld shows (ld-poll-sync and ld-serial): without them no other case of ld could
 * tell that nothing breaks on its repaired profile.
 */
export const LD_ATTACHES: readonly string[] = ['repair-ld-poll-sync', 'repair-ld-serial'];

/** The newest ld with one repair more than what every attach of it needs. */
export const repairedLd = (repair: string): ProfileSpec => ({
  name: `HEAD with ${repair}`,
  switches: [...new Set([repair, ...LD_ATTACHES])],
});

/** A disk on MMIO v2 and a little-endian DIAGNOSTIC kernel, unless told otherwise. */
export const ldOn = (
  device: MachineSpec['device'],
  { diagnostic = true }: { readonly diagnostic?: boolean } = {},
): MachineSpec => ({ child: 'ld', transport: 'mmio-v2', host: 'le', diagnostic, device });

export interface RegressionCase {
  /** `kern/58555` for problem reports, else a name. */
  readonly id: string;
  /** Other names under which people look for it. */
  readonly aliases?: readonly string[];
  readonly title: string;
  /** The report or log message that it comes from. */
  readonly reports: string;
  /** Revisions with the defect, and the one without. */
  readonly revisions: string;
  readonly trigger: string;
  /** How it shows to who watches the calls, and to who watches the registers and the memory of the device. */
  readonly symptom: { readonly api: string; readonly wire: string };
  /** P1 to P17 of the lifecycle's obligations, and what they say here. */
  readonly property: string;
  /** How it shows, what is certain about it and what is not; for open findings what a committer needs. */
  readonly reasoning: string;
  /** Clauses under which a search may find it. */
  readonly clauses: readonly ClauseId[];
  readonly buggy: ProfileSpec;
  readonly fixed: ProfileSpec;
  /** `open`: still there in the newest readable code; the fixed profile is that with a repair. */
  readonly status: 'fixed' | 'open';
  readonly scripts: readonly Script[];
  /** Only some schedules of two threads show it. */
  readonly race?: true;
  /** Its clauses are among VIRTIO's own, so that a search has to judge by those as well. */
  readonly virtio?: true;
  /** Why a random search cannot find it, where that is so. */
  readonly noSearch?: string;
}
