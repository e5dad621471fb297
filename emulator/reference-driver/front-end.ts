/** What a device type adds to the driver: features, configuration, and what goes through the queues. */
import type { ConfigReader } from './config.ts';
import type { DriverMemory } from './memory.ts';
import type { Part, Used } from './ring.ts';
import type { Switches } from './switches.ts';

/** What a front end asks of the driver under it. */
export interface Core {
  readonly memory: DriverMemory;
  readonly config: ConfigReader;
  readonly switches: Switches;
  readonly legacy: boolean;
  has(bit: number): boolean;
  isOffered(bit: number): boolean;
  /** Exposes a buffer and notifies the device of it where it has to be. False if there is no room, or it may not now. */
  submit(queue: number, parts: readonly Part[], token: Token, options?: SubmitOptions): boolean;
  /** Sets a field of one byte. */
  writeConfigByte(offset: number, value: number): void;
}

export interface SubmitOptions {
  /** Put the parts into an indirect table where that was negotiated. */
  readonly indirect?: boolean;
}

/** What a buffer is for. */
export interface Token {
  readonly kind: string;
  readonly parts: readonly Part[];
}

export interface FrontEnd {
  readonly deviceId: number;
  /** Bytes of configuration space that the driver cannot do without. */
  readonly configNeeded: number;
  /** Bytes of configuration space that this version of the specification defines. */
  readonly configKnown: number;
  /** Feature bits of the device type that the driver understands. */
  understood(legacy: boolean): readonly number[];
  /** Reads the configuration; features are final. Returns the number of queues to set up. */
  configure(): number;
  /** The device is live. */
  started(): void;
  /** A queue was emptied by resetting it on its own, and is in use again. */
  queueRestarted(queue: number): void;
  completed(queue: number, used: Used<Token>): void;
  configChanged(): void;
}
