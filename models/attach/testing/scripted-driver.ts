/** A driver as its events show it, made by hand: what the rules about attached drivers are tested with. */
import type { ClauseId } from '../../clauses/catalogue.ts';
import { Report } from '../../report.ts';
import { AttachModel } from '../attach-model.ts';
import type { AttachApi, AttachEvent, Facts } from '../events.ts';
import type { AttachFinding, AttachSetup, DeviceType } from '../setup.ts';

/** Where queues lie, unless a test says otherwise. */
const DESC = 0x1000;
const AVAIL = 0x2000;
const USED = 0x3000;
const WRITE = 2;
const NEXT = 1;

export interface Part {
  readonly address: number;
  readonly length: number;
  readonly writable?: boolean;
}

export class ScriptedDriver {
  readonly events: AttachEvent[] = [];
  readonly #type: DeviceType;
  readonly #more: Partial<AttachSetup>;

  constructor(type: DeviceType, more: Partial<AttachSetup> = {}) {
    this.#type = type;
    this.#more = more;
  }

  /** All that the model finds, in order. */
  findings(): readonly AttachFinding[] {
    const orders = { registers: 'little', config: 'little', rings: 'little', leFields: 'little' } as const;
    const setup: AttachSetup = {
      ...{ age: 'new', transport: 'mmio-v2', healthy: false, hasDriver: false, type: this.#type },
      ...orders,
      ...this.#more,
    };
    return new AttachModel(setup, new Report()).judge(this.events);
  }

  /** What was owed wherever one clause was broken. */
  owed(clause: ClauseId): readonly string[] {
    return this.findings().flatMap((finding) => (finding.clause === clause ? [finding.expected] : []));
  }

  #tell(kind: 'call' | 'return', api: AttachApi, facts: Facts): void {
    this.events.push({ kind, api, thread: 0, facts });
  }

  call(api: AttachApi, facts: Facts, results: Facts = {}, work: () => void = () => undefined): this {
    this.#tell('call', api, facts);
    work();
    this.#tell('return', api, { ...facts, ...results });
    return this;
  }

  queue(queue: number, num = 8, more: Facts = {}): this {
    const rings = { desc: DESC, avail: AVAIL, used: USED, indirect: 0, maxNSegs: 4 };
    return this.call('alloc_vq', { queue }, { result: 0, num, ...rings, ...more });
  }

  allocated(name: string, address: number, size: number): this {
    this.events.push({ kind: 'dma-alloc', name, address, size });
    return this;
  }

  write(offset: number, value: number): this {
    this.events.push({ kind: 'register', access: 'write', area: 'mmio', offset, size: 4, raw: value, seen: value });
    return this;
  }

  store(address: number, bytes: Uint8Array | readonly number[], by: 'store' | 'device-store' = 'store'): this {
    this.events.push({ kind: by, address, bytes: Uint8Array.from(bytes) });
    return this;
  }

  handOver(queue: number, slot: number, parts: readonly Part[]): this {
    this.call('enqueue_prep', { queue }, { result: 0, slot });
    this.call('enqueue_reserve', { queue, slot, nsegs: parts.length }, { result: 0, indirect: false });
    for (const [i, { address, length, writable = false }] of parts.entries()) {
      const last = i === parts.length - 1;
      const words = new DataView(new ArrayBuffer(16));
      words.setUint32(0, address, true);
      words.setUint32(8, length, true);
      words.setUint16(12, (writable ? WRITE : 0) | (last ? 0 : NEXT), true);
      words.setUint16(14, slot + i + 1, true);
      this.store(DESC + 16 * (slot + i), new Uint8Array(words.buffer));
      this.#tell('return', 'enqueue', { queue, slot, segment: true, address, length, write: !writable });
    }
    return this.call('enqueue_commit', { queue, slot });
  }

  take(queue: number, slot: number, length: number): this {
    return this.call('dequeue', { queue }, { result: 0, slot, length });
  }

  given(...bytes: readonly number[]): this {
    this.events.push({ kind: 'given', bytes: Uint8Array.from(bytes) });
    return this;
  }

  handed(...bytes: readonly number[]): this {
    this.events.push({ kind: 'handed', bytes: Uint8Array.from(bytes) });
    return this;
  }

  told(what: string, value: string): this {
    this.events.push({ kind: 'told', what, value });
    return this;
  }

  settled(): this {
    this.events.push({ kind: 'settled' });
    return this;
  }

  submit(facts: Facts, outcome: string, work: () => void = () => undefined): this {
    return this.call('submit', facts, { outcome }, work);
  }
}
