/**
 * An ACPI table (SSDT) that tells a guest of virtio-mmio devices. AML is written by hand as only four of its terms are
 * needed (ACPI 6.5, chapters 6.4 and 20.2), and a compiler would be one more thing to install.
 */

/** A window of registers and an interrupt. */
export interface AnnouncedDevice {
  /** Physical address and size in bytes; below 4 GiB. */
  readonly base: number;
  readonly size: number;
  /** Global system interrupt. */
  readonly interrupt: number;
}

/** The hardware id of virtio-mmio devices in ACPI. */
const HARDWARE_ID = 'LNRO0005';
const Op = {
  name: 0x08,
  byte: 0x0a,
  string: 0x0d,
  scope: 0x10,
  buffer: 0x11,
  extended: 0x5b,
  root: 0x5c,
  device: 0x82,
};
const Resource = { memory32Fixed: 0x86, interrupt: 0x89, end: 0x79 };
const READ_WRITE = 1;
/** Consumer, level, active high, shared. */
const INTERRUPT_FLAGS = 0b1001;
const HEADER_LENGTH = 36;
const CHECKSUM_AT = 9;
const REVISION = 2;
/** A package length of one byte has six bits; of two, four bits and a byte. */
const SHORT_PACKAGE = 0x3f;

export function acpiTable(devices: readonly AnnouncedDevice[]): Buffer {
  const described = devices.map((device, index) => describe(device, index));
  const body = packaged([Op.scope], [Buffer.from([Op.root]), Buffer.from('_SB_'), ...described]);
  const table = Buffer.concat([Buffer.alloc(HEADER_LENGTH), body]);
  table.write('SSDT', 0);
  table.writeUInt32LE(table.length, 4);
  table.writeUInt8(REVISION, 8);
  table.write('VIRTCKIMPOSTOR', 10);
  table.writeUInt32LE(1, 24);
  table.write('VTCK', 28);
  table.writeUInt32LE(1, 32);
  const sum = table.reduce((all, byte) => all + byte, 0);
  table.writeUInt8(-sum & 0xff, CHECKSUM_AT);
  return table;
}

function describe({ base, size, interrupt }: AnnouncedDevice, index: number): Buffer {
  const name = `VF${index.toString(16).toUpperCase().padStart(2, '0')}`;
  const memory = Buffer.alloc(12);
  memory.set([Resource.memory32Fixed, 9, 0, READ_WRITE]);
  memory.writeUInt32LE(base, 4);
  memory.writeUInt32LE(size, 8);
  const line = Buffer.alloc(9);
  line.set([Resource.interrupt, 6, 0, INTERRUPT_FLAGS, 1]);
  line.writeUInt32LE(interrupt, 5);
  const resources = Buffer.concat([memory, line, Buffer.from([Resource.end, 0])]);
  return packaged(
    [Op.extended, Op.device],
    [
      Buffer.from(name),
      named('_HID', Buffer.from([Op.string, ...Buffer.from(HARDWARE_ID), 0])),
      named('_UID', Buffer.from([Op.byte, 0x80 + index])),
      named('_CRS', packaged([Op.buffer], [Buffer.from([Op.byte, resources.length]), resources])),
    ],
  );
}

function named(name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([Op.name]), Buffer.from(name), value]);
}

/** An opcode, the length of what follows (which counts itself), and what follows. */
function packaged(opcode: readonly number[], parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const short = content.length + 1;
  const long = content.length + 2;
  const length = short <= SHORT_PACKAGE ? [short] : [0x40 | (long & 0xf), long >>> 4];
  return Buffer.concat([Buffer.from([...opcode, ...length]), content]);
}
