/** The block device (5.2): every request but those of zones and of SCSI. */
import type { Core, FrontEnd, Token } from '../front-end.ts';
import type { Part } from '../ring.ts';

const DEVICE_ID = 2;
const SECTOR = 512;
const HEADER = 16;
const ID_BYTES = 20;
const LIFETIME_BYTES = 6;
const UNMAP = 1;
/** Place of the request queue. */
const QUEUE = 0;

export const BlockFeature = {
  sizeMax: 1,
  segMax: 2,
  geometry: 4,
  readOnly: 5,
  blkSize: 6,
  flush: 9,
  topology: 10,
  configWce: 11,
  discard: 13,
  writeZeroes: 14,
  lifetime: 15,
  secureErase: 16,
  zoned: 17,
} as const;

const Type = {
  read: 0,
  write: 1,
  flush: 4,
  id: 8,
  lifetime: 10,
  discard: 11,
  'write-zeroes': 13,
  'secure-erase': 14,
} as const;

/** Offsets in the configuration space (5.2.4). */
const Offset = { capacity: 0, segMax: 12, writeback: 32, discard: 36, writeZeroes: 48, secureErase: 60 } as const;
const CONFIG_SIZE = 96;
const CAPACITY_SIZE = 8;

export type RangeKind = 'discard' | 'write-zeroes' | 'secure-erase';

interface RangeLimits {
  readonly sectors: number;
  readonly segments: number;
}

const RANGES: Readonly<Record<RangeKind, { readonly feature: number; readonly offset: number }>> = {
  discard: { feature: BlockFeature.discard, offset: Offset.discard },
  'write-zeroes': { feature: BlockFeature.writeZeroes, offset: Offset.writeZeroes },
  'secure-erase': { feature: BlockFeature.secureErase, offset: Offset.secureErase },
};

export class BlockFrontEnd implements FrontEnd {
  readonly deviceId = DEVICE_ID;
  readonly configNeeded = CAPACITY_SIZE;
  readonly configKnown = CONFIG_SIZE;
  readonly #core: Core;
  readonly #flushes: boolean;
  /** In sectors of 512 bytes. */
  #capacity = 0;
  #segMax = 1;
  readonly #limits = new Map<RangeKind, RangeLimits>();

  constructor(core: Core, flushes: boolean) {
    this.#core = core;
    this.#flushes = flushes;
  }

  understood(legacy: boolean): readonly number[] {
    const { switches } = this.#core;
    const flush = this.#flushes || switches.fault('flush-accepted-by-incapable');
    return [
      BlockFeature.sizeMax,
      BlockFeature.segMax,
      BlockFeature.readOnly,
      ...(flush ? [BlockFeature.flush] : []),
      ...(flush ? [BlockFeature.configWce] : []),
      ...(legacy
        ? []
        : [BlockFeature.discard, BlockFeature.writeZeroes, BlockFeature.secureErase, BlockFeature.lifetime]),
      ...(switches.fault('zoned-accepted-by-incapable') ? [BlockFeature.zoned] : []),
    ];
  }

  configure(): number {
    const { config } = this.#core;
    this.#capacity = config.wide(Offset.capacity);
    this.#segMax = this.#core.has(BlockFeature.segMax) ? Math.max(1, config.field(Offset.segMax, 4)) : 1;
    for (const kind of Object.keys(RANGES) as RangeKind[]) {
      const { feature, offset } = RANGES[kind];
      this.#limits.delete(kind);
      if (!this.#core.has(feature)) continue;
      this.#limits.set(kind, { sectors: config.field(offset, 4), segments: config.field(offset + 4, 4) });
    }
    return 1;
  }

  started(): void {
    // Requests come from above.
  }

  queueRestarted(): void {
    // Requests that the reset withdrew are not made again.
  }

  completed(): void {
    // Nobody waits for the data here.
  }

  configChanged(): void {
    if (this.#core.switches.fault('capacity-change-ignored')) return;
    this.#capacity = this.#core.config.wide(Offset.capacity);
  }

  /** Reads or writes sectors, in so many pieces. What lies beyond the capacity is left out. */
  transfer(write: boolean, sector: number, sectors: number, pieces: number, indirect: boolean): void {
    const count = Math.min(sectors, this.#capacity - sector);
    if (count <= 0 || (write && this.#core.has(BlockFeature.readOnly))) return;
    const data = this.#data(count * SECTOR, Math.min(pieces, this.#segMax), !write);
    if (data === undefined) return;
    if (write) for (const { address, length } of data) this.#core.memory.store(address, pattern(length, sector));
    this.#send(write ? Type.write : Type.read, sector, data, indirect);
  }

  flush(indirect: boolean): void {
    const { switches } = this.#core;
    if (!this.#core.has(BlockFeature.flush) || !this.#flushes) return;
    const data = switches.fault('flush-with-data') ? this.#data(SECTOR, 1, false) : [];
    if (data === undefined) return;
    this.#send(Type.flush, switches.fault('flush-with-sector') ? 1 : 0, data, indirect);
  }

  identify(indirect: boolean): void {
    const length = this.#core.switches.fault('id-of-wrong-length') ? ID_BYTES + 1 : ID_BYTES;
    const data = this.#data(length, 1, true);
    if (data !== undefined) this.#send(Type.id, 0, data, indirect);
  }

  lifetime(indirect: boolean): void {
    if (!this.#core.has(BlockFeature.lifetime)) return;
    const data = this.#data(LIFETIME_BYTES, 1, true);
    if (data !== undefined) this.#send(Type.lifetime, 0, data, indirect);
  }

  /** Discards, zeroes or erases so many ranges of so many sectors, one after the other from `sector` on. */
  clear(kind: RangeKind, sector: number, sectors: number, ranges: number, unmap: boolean, indirect: boolean): void {
    const limits = this.#limits.get(kind);
    if (limits === undefined || this.#core.has(BlockFeature.readOnly)) return;
    const each = Math.min(sectors, limits.sectors);
    const fitting = each === 0 ? 0 : Math.floor((this.#capacity - sector) / each);
    let count = Math.min(ranges, limits.segments, fitting);
    if (count <= 0) return;
    const { memory, switches } = this.#core;
    if (switches.fault(TOO_MANY[kind])) count = limits.segments + 1;
    const discardUnmap = kind === 'discard' && switches.fault('discard-with-unmap');
    const flags = (kind === 'write-zeroes' && unmap) || discardUnmap ? UNMAP : 0;
    // Whoever wants more ranges than fit names some of them twice.
    const bytes = Array.from({ length: count }, (_, i) =>
      memory.bytes([
        [8, sector + (i % Math.max(1, fitting)) * each],
        [4, each],
        [4, flags],
      ]),
    );
    const payload = Buffer.concat(bytes);
    const whole = switches.fault('ranges-cut-short') ? payload.subarray(0, payload.length - 4) : payload;
    const data = this.#data(whole.length, 1, false);
    if (data === undefined) return;
    memory.store(data[0].address, whole);
    this.#send(Type[kind], 0, data, indirect);
  }

  /** Sets the cache mode (5.2.6.1): writeback or writethrough. */
  setWriteback(on: boolean): void {
    if (this.#core.has(BlockFeature.configWce)) this.#core.writeConfigByte(Offset.writeback, on ? 1 : 0);
  }

  #data(length: number, pieces: number, writable: boolean): Part[] | undefined {
    const size = Math.ceil(length / Math.max(1, pieces));
    const parts: Part[] = [];
    for (let done = 0; done < length; done += size) {
      const part = Math.min(size, length - done);
      const address = this.#core.memory.allocate(part, 16);
      if (address === undefined) return undefined;
      parts.push({ address, length: part, writable });
    }
    return parts;
  }

  #send(type: number, sector: number, data: readonly Part[], indirect: boolean): void {
    const { memory, switches, legacy } = this.#core;
    const header = memory.allocate(HEADER, 16);
    const status = memory.allocate(1, 16);
    if (header === undefined || status === undefined) return;
    const little = memory.little || (legacy && switches.fault('request-header-little-endian'));
    memory.store(
      header,
      memory.bytes(
        [
          [4, type],
          [4, 0],
          [8, sector],
        ],
        little,
      ),
    );
    const half = HEADER / 2;
    const head: Part[] = switches.fault('request-header-halved')
      ? [half, half].map((length, i) => ({ address: header + i * half, length, writable: false }))
      : [{ address: header, length: HEADER, writable: false }];
    const parts: Part[] = [...head, ...data, { address: status, length: 1, writable: true }];
    const token: Token = { kind: 'request', parts };
    this.#core.submit(QUEUE, parts, token, { indirect });
  }
}

const TOO_MANY = {
  discard: 'discard-of-too-many-ranges',
  'write-zeroes': 'write-zeroes-of-too-many-ranges',
  'secure-erase': 'secure-erase-of-too-many-ranges',
} as const;

/** What is written to a sector. */
function pattern(length: number, sector: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (sector * 7 + i) & 0xff);
}
