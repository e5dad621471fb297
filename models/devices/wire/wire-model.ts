/**
 * Device types of which the messages are judged and not the whole behaviour: what a driver puts into the queues, what comes
 * back in them, and the configuration space. They belong to the judge of `other` devices, by the number of the type.
 */
import type { ClauseId } from '../../clauses/catalogue.ts';
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ChainView, ConfigField, DeviceFacts, DeviceModel, Negotiated } from '../../seams.ts';
import type { ByteOrder, JudgeSetup } from '../../setup.ts';
import { otherFacts } from '../other.ts';

/** Of the specification's reserved features: descriptors may be laid out at will (6.3). */
const ANY_LAYOUT = 27;

const NONE: Negotiated = { has: () => false };

/** Consecutive fields of `width` bytes each from `offset` on. */
export function fieldsOf(width: number, offset: number, ...names: readonly string[]): readonly ConfigField[] {
  return names.map((name, i) => ({ name, offset: offset + width * i, width }));
}

/** The facts of a type whose features are not judged and whose configuration fields are known. */
export function wireFacts(deviceId: number, configFields: readonly ConfigField[], fewestQueues: number): DeviceFacts {
  return { ...otherFacts(deviceId), configFields, opaqueConfig: false, fewestQueues };
}

export abstract class WireModel implements DeviceModel {
  readonly facts: DeviceFacts;
  protected readonly report: Report;
  protected readonly legacy: boolean;
  /** Byte order of messages: little-endian but for legacy guests. */
  protected readonly order: ByteOrder;
  protected features: Negotiated = NONE;
  /** Values of the configuration space as they were read last, by field. */
  protected readonly config = new Map<string, number>();

  constructor(setup: JudgeSetup, facts: DeviceFacts, report: Report) {
    this.facts = facts;
    this.report = report;
    this.legacy = setup.transport === 'mmio-v1';
    this.order = setup.mode.rings;
  }

  reset(): void {
    this.features = NONE;
  }

  featuresFixed(features: Negotiated): void {
    this.features = features;
  }

  configField(name: string, value: bigint): void {
    this.config.set(name, Number(value));
  }

  abstract exposed(chain: ChainView): void;
  abstract completed(chain: ChainView, usedLength: number): void;
  abstract describe(): string;

  driverOk(): void {}
  host(): void {}

  abstract configWritten(offset: number, size: number, value: number): void;
  abstract abandoned(chain: ChainView): void;
  abstract settled(certain: boolean): void;
  abstract mustComplete(chain: ChainView): boolean;

  /** The driver could have broken the rule here, and has unless `kept`. The text is made only then. Returns `kept`. */
  protected owes(id: ClauseId, kept: boolean, seen: () => string): boolean {
    if (kept) this.report.exercise(clause(id));
    else this.report.driverBroke(id, 'nothing', seen());
    return kept;
  }

  /** The legacy interface wants each part of a message in a descriptor of its own, unless ANY_LAYOUT is in force. */
  protected get framed(): boolean {
    return this.legacy && !this.features.has(ANY_LAYOUT);
  }
}

/** All bytes that the device reads. */
export const sent = (chain: ChainView): Uint8Array => chain.read(0, chain.readableLength);
