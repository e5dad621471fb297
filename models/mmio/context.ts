/** What the parts of the register model share: where to report, whom to tell, and how a driver's mistake takes effect. */
import type { ClauseId } from '../clauses/catalogue.ts';
import type { Report } from '../report.ts';
import type { DeviceFacts, TransportListener } from '../seams.ts';
import type { JudgeSetup } from '../setup.ts';

export interface MmioContext {
  readonly setup: JudgeSetup;
  readonly facts: DeviceFacts;
  readonly report: Report;
  readonly listener: TransportListener;
  /** Nothing is known of the device yet (no power-on and no reset seen), or the driver voided its duties until reset. */
  readonly voided: boolean;
  /** A reset was asked for and the device has not been seen to have handled it: nothing it shows can be judged yet. */
  readonly resetPending: boolean;
  /** The last reset is known to have completed before the driver went on. */
  readonly resetConfirmed: boolean;
  /** The device is neither suspended nor on its way there or back (3.4). */
  readonly awake: boolean;
  /** The driver broke a rule that voids the device's duties until reset. */
  breakDevice(id: ClauseId | undefined, what: string): void;
  /** The driver broke a rule that voids nothing. */
  breakNothing(id: ClauseId | undefined, what: string): void;
  /** Neither party is to blame, but what the device does from here to the next reset cannot be known. */
  loseTrack(): void;
  /** The driver kept to every rule whose breach voids anything, since the last reset. */
  readonly blameless: boolean;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A 32-bit register value in the other byte order. */
export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
