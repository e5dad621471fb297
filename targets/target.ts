/**
 * The contract between the harness and an implementation under test.
 *
 * A *target* is a family of ways to reach an implementation (one QEMU machine, the in-tree emulator, a user's module).
 * It offers *combinations* of device, transport and variant; opening one gives a *session*, which performs operations
 * and appends to the event log what happened. Two kinds of session: `sync` ones answer at function-call speed, `async`
 * ones take a whole batch of operations before anything is read back.
 */
import type { Claims, DeviceKind, EndiannessMode, Transport } from '../models/setup.ts';
import type { CodeCounters } from './code-counters/counters.ts';
import type { EventLog, HostActionKind, HostEvent } from '../models/trace/event-log.ts';

/** One thing that can be opened and judged. */
export interface Combination {
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly mode: EndiannessMode;
  /** Names the configuration of the implementation, for example `default`, `read-only`, `deferred`. */
  readonly variant: string;
}

/** What is known of an opened implementation. */
export interface SessionInfo extends Combination {
  /** Name of the target, for example `qemu:m68k`. */
  readonly target: string;
  /** Version of the implementation, for example `7.2.22`. */
  readonly version: string;
  readonly memory: { readonly base: number; readonly size: number };
  readonly observesDeviceStores: boolean;
  readonly observesInterrupt: boolean;
  readonly hostActions: readonly HostActionKind[];
  readonly claims: Claims;
  /** How a person starts the same implementation by hand (QEMU's command line), for reproducers. */
  readonly commandLine?: readonly string[];
  /** Shell lines that make the files which `commandLine` names, to be run in the directory it is run in. */
  readonly preparation?: readonly string[];
  /** Seeded faults that are switched on (in-tree emulator only). */
  readonly faults?: readonly string[];
  /** Absolute guest-physical base address of the device's register window, for reproducers. */
  readonly registerBase?: number;
}

/**
 * A session that answers at once. Every method appends its events to `log` itself, including what the device did
 * meanwhile (device stores, interrupt changes).
 */
export interface SyncSession {
  readonly kind: 'sync';
  readonly info: SessionInfo;
  log: EventLog;
  /** Reads a register: `offset` from the device's base, `size` 1, 2, 4 or 8 bytes. Returns the value as logged. */
  readRegister(offset: number, size: number): number;
  writeRegister(offset: number, size: number, value: number): void;
  store(address: number, bytes: Uint8Array): void;
  /** Loads guest memory and returns the log row, whose payload holds the bytes. */
  load(address: number, size: number): number;
  /** Samples the interrupt line: logs an Irq event and returns the level. */
  interrupt(): number;
  /** Lets the device finish everything it can finish on its own; logs Settled with value 1. */
  settle(): void;
  host(event: HostEvent): void;
  /** Puts the implementation back to power-on (a fresh one where needed); logs PowerOn. Also used after a death. */
  restart(): void;
  close(): void;
}

/** An operation of a batch. `Wait` loads the 16-bit value at `address` until it equals `value` or patience runs out. */
export type Op =
  | { readonly op: 'read'; readonly offset: number; readonly size: number }
  | { readonly op: 'write'; readonly offset: number; readonly size: number; readonly value: number }
  | { readonly op: 'store'; readonly address: number; readonly bytes: Uint8Array }
  | { readonly op: 'load'; readonly address: number; readonly size: number }
  | { readonly op: 'interrupt' }
  /**
   * Loads the 16-bit ring field at `address` (little-endian number of its bytes) until it equals `value`; logs the last
   * Load, and a Settled event with value 0 when patience ran out first.
   */
  | { readonly op: 'wait'; readonly address: number; readonly value: number }
  /** Reads a register until `(value & mask) === want`; logs the last RegRead, and Settled 0 when patience ran out. */
  | {
      readonly op: 'wait-register';
      readonly offset: number;
      readonly size: number;
      readonly mask: number;
      readonly want: number;
    }
  /** Gives the device a short, bounded chance to do something it should not do. Logs Settled with value 1 only if idleness is certain. */
  | { readonly op: 'settle' }
  | { readonly op: 'host'; readonly event: HostEvent };

/**
 * A session on the other side of a socket or pipe. `perform` runs the operations in order, appends their events to the
 * log and resolves to the log row of each operation's own event (-1 where it has none). It never rejects for what the
 * implementation did: death, hang, protocol errors are logged as Outcome events and later operations of the batch are
 * dropped (their rows are -1).
 */
export interface AsyncSession {
  readonly kind: 'async';
  readonly info: SessionInfo;
  log: EventLog;
  /** Id of the process that is the implementation now, where there is one of ours. */
  readonly processId?: number;
  perform(ops: readonly Op[]): Promise<readonly number[]>;
  /** Sets how long waits last, in milliseconds; without an argument as long as the target means them to. */
  setWaitPatience?(milliseconds?: number): void;
  /** Starts a fresh implementation if the old one is gone or `always` is set; logs PowerOn if it did. */
  restart(always?: boolean): Promise<void>;
  close(): Promise<void>;
}

export type Session = SyncSession | AsyncSession;

/** Something that can be judged, as `--target` names it. */
export interface Target {
  readonly name: string;
  readonly combinations: readonly Combination[];
  /** What of its code was run, where it was loaded with counters. */
  readonly code?: CodeCounters;
  /** Opens one combination. Rejects with a `TargetUnavailable` where the target cannot be started. */
  open(combination: Combination): Promise<Session>;
}

/** The target cannot be run here; the message says why and what to install or change. Exit code 3. */
export class TargetUnavailable extends Error {
  override readonly name = 'TargetUnavailable';
}
