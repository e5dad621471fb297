/** What register accesses mean, whatever the transport: the operations that the rules about the device speak of. */
import type { RegisterEvent } from './events.ts';
import type { AttachSetup } from './setup.ts';

export type WireOp =
  | { readonly op: 'status-write' | 'status-read'; readonly value: number }
  | { readonly op: 'offered' | 'accepted'; readonly word: number; readonly value: number }
  | { readonly op: 'queue-size'; readonly queue: number; readonly size: number }
  | {
      readonly op: 'setup';
      readonly queue: number;
      readonly size: number;
      readonly desc: number;
      readonly avail: number;
      readonly used: number;
    }
  | { readonly op: 'disable'; readonly queue: number }
  | { readonly op: 'notify'; readonly queue: number };

const FOUR_GIB = 0x1_0000_0000;
const LEGACY_ALIGN = 4096;

/** A register value: the bytes on the bus read in the device's order. */
export function registerValue(raw: number, size: number, order: 'little' | 'big'): number {
  if (order === 'little') return raw;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (Math.floor(raw / 256 ** i) % 256);
  return value;
}

interface Selected {
  sizes: Map<number, number>;
  queue: number;
  offeredWord: number;
  acceptedWord: number;
  pageSize: number;
  desc: number;
  avail: number;
  used: number;
}

export class WireDecoder {
  readonly #setup: AttachSetup;
  #at: Selected = fresh();

  constructor(setup: AttachSetup) {
    this.#setup = setup;
  }

  /** Queue that the last selection named. */
  get selected(): number {
    return this.#at.queue;
  }

  decode(event: RegisterEvent): WireOp | undefined {
    const order =
      this.#setup.transport === 'pci-1.0' || this.#setup.transport === 'mmio-v2' ? 'little' : this.#setup.registers;
    const value = registerValue(event.raw, event.size, order);
    switch (event.area) {
      case 'mmio':
        return this.#mmio(event, value);
      case 'pci-common':
        return this.#pciCommon(event, value);
      case 'pci-io':
        return this.#pciLegacy(event, value);
      case 'pci-notify':
        return event.access === 'write' ? { op: 'notify', queue: value & 0xffff } : undefined;
      default:
        return undefined;
    }
  }

  #mmio({ access, offset }: RegisterEvent, value: number): WireOp | undefined {
    const at = this.#at;
    if (access === 'read') {
      if (offset === 0x070) return { op: 'status-read', value };
      if (offset === 0x010) return { op: 'offered', word: at.offeredWord, value };
      if (offset === 0x034) return this.#sized(value);
      return undefined;
    }
    switch (offset) {
      case 0x014:
        at.offeredWord = value;
        return undefined;
      case 0x024:
        at.acceptedWord = value;
        return undefined;
      case 0x020:
        return { op: 'accepted', word: at.acceptedWord, value };
      case 0x028:
        at.pageSize = value;
        return undefined;
      case 0x030:
        at.queue = value;
        return undefined;
      case 0x038:
        at.sizes.set(at.queue, value);
        return undefined;
      case 0x040:
        return this.#legacySetup(value * at.pageSize);
      case 0x044:
        return value === 0 ? { op: 'disable', queue: at.queue } : this.#programmed();
      case 0x050:
        return { op: 'notify', queue: value };
      case 0x070:
        return this.#status(value);
      default:
        this.#address(offset, value, 0x080, 0x090, 0x0a0);
        return undefined;
    }
  }

  #pciCommon({ access, offset }: RegisterEvent, value: number): WireOp | undefined {
    const at = this.#at;
    if (access === 'read') {
      if (offset === 0x14) return { op: 'status-read', value };
      if (offset === 0x04) return { op: 'offered', word: at.offeredWord, value };
      if (offset === 0x18) return this.#sized(value);
      return undefined;
    }
    switch (offset) {
      case 0x00:
        at.offeredWord = value;
        return undefined;
      case 0x08:
        at.acceptedWord = value;
        return undefined;
      case 0x0c:
        return { op: 'accepted', word: at.acceptedWord, value };
      case 0x14:
        return this.#status(value);
      case 0x16:
        at.queue = value;
        return undefined;
      case 0x18:
        at.sizes.set(at.queue, value);
        return undefined;
      case 0x1c:
        return value === 0 ? { op: 'disable', queue: at.queue } : this.#programmed();
      default:
        this.#address(offset, value, 0x20, 0x28, 0x30);
        return undefined;
    }
  }

  #pciLegacy({ access, offset }: RegisterEvent, value: number): WireOp | undefined {
    const at = this.#at;
    if (access === 'read') {
      if (offset === 0x12) return { op: 'status-read', value };
      if (offset === 0x00) return { op: 'offered', word: 0, value };
      if (offset === 0x0c) return this.#sized(value);
      return undefined;
    }
    switch (offset) {
      case 0x04:
        return { op: 'accepted', word: 0, value };
      case 0x08:
        return this.#legacySetup(value * LEGACY_ALIGN);
      case 0x0e:
        at.queue = value;
        return undefined;
      case 0x10:
        return { op: 'notify', queue: value };
      case 0x12:
        return this.#status(value);
      default:
        return undefined;
    }
  }

  #status(value: number): WireOp {
    if (value === 0) {
      const { pageSize } = this.#at;
      this.#at = { ...fresh(), pageSize };
    }
    return { op: 'status-write', value };
  }

  #sized(size: number): WireOp {
    this.#at.sizes.set(this.#at.queue, size);
    return { op: 'queue-size', queue: this.#at.queue, size };
  }

  #address(offset: number, value: number, desc: number, avail: number, used: number): void {
    const at = this.#at;
    const put = (now: number, high: boolean): number =>
      high ? (now % FOUR_GIB) + value * FOUR_GIB : Math.floor(now / FOUR_GIB) * FOUR_GIB + value;
    if (offset === desc || offset === desc + 4) at.desc = put(at.desc, offset !== desc);
    else if (offset === avail || offset === avail + 4) at.avail = put(at.avail, offset !== avail);
    else if (offset === used || offset === used + 4) at.used = put(at.used, offset !== used);
  }

  #programmed(): WireOp {
    const { queue, sizes, desc, avail, used } = this.#at;
    return { op: 'setup', queue, size: sizes.get(queue) ?? 0, desc, avail, used };
  }

  /** One block (2.7.2): the used ring at the first aligned address behind the available ring with its event field. */
  #legacySetup(desc: number): WireOp {
    const { queue, sizes } = this.#at;
    if (desc === 0) return { op: 'disable', queue };
    const size = sizes.get(queue) ?? 0;
    const avail = desc + 16 * size;
    const used = Math.ceil((avail + 6 + 2 * size) / LEGACY_ALIGN) * LEGACY_ALIGN;
    return { op: 'setup', queue, size, desc, avail, used };
  }
}

function fresh(): Selected {
  return {
    sizes: new Map(),
    queue: 0,
    offeredWord: 0,
    acceptedWord: 0,
    pageSize: LEGACY_ALIGN,
    desc: 0,
    avail: 0,
    used: 0,
  };
}
