/**
 * The byte orders of configuration space, field by field: every machine, bus and transport, every width, both directions.
 * What must fail is written down from the rules of the sources, not taken from the driver stack: the accessors swap a
 * field of 2 or 4 bytes where the host's order is not busEndian, and the two words of 8 bytes where busEndian is not
 * structEndian; readers of little-endian fields swap where busEndian is not little (since virtio.c 1.79 never on ARM),
 * writers likewise, with no exception.
 */
import { readConfig, readConfig8, writeConfig, writeConfig8 } from '../../emulator/driver/virtio/config-access.ts';
import type { AttachEvent } from '../../models/attach/events.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { HOST_NAMES, ordersOf, type HostName } from '../../targets/driver-stack/byte-orders.ts';
import { DriverMachine, type ProfileSpec } from '../../targets/driver-stack/machine.ts';

export const ACCESSES = ['read', 'write'] as const;
/** `le`: fields that are little-endian even on legacy devices. */
export const FIELDS = ['2', '4', '8', 'le 2', 'le 4'] as const;
export type Cell = `${(typeof ACCESSES)[number]} ${(typeof FIELDS)[number]}`;

export interface EndianRow {
  readonly transport: DriverTransport;
  readonly profile: ProfileSpec;
  /** What is wrong on each machine; a machine that is not named has every field right. */
  readonly wrong: Partial<Record<HostName, readonly Cell[]>>;
  /** Cases that say why. */
  readonly cases: readonly string[];
}

const PLAIN: readonly Cell[] = ['read 2', 'read 4', 'read 8', 'write 2', 'write 4', 'write 8'];
const LE_READS: readonly Cell[] = ['read le 2', 'read le 4'];
const LE_WRITES: readonly Cell[] = ['write le 2', 'write le 4'];
const LE = [...LE_READS, ...LE_WRITES];
const EIGHT: readonly Cell[] = ['read 8', 'write 8'];

const HEAD: ProfileSpec = { name: 'HEAD' };
const repaired: ProfileSpec = {
  name: 'HEAD, repaired',
  switches: ['repair-le-writers', 'repair-le-fields', 'repair-swapping-bus'],
};
const at = (file: 'virtio.c' | 'virtio_mmio.c' | 'virtio_pci.c', revision: string): ProfileSpec => ({
  name: `${file} ${revision}`,
  revisions: { [file]: revision },
});

export const ENDIANNESS: readonly EndianRow[] = [
  // No access swaps, and the word at the higher address always counts as the high one.
  {
    transport: 'mmio-v1',
    profile: at('virtio_mmio.c', '1.2'),
    wrong: { be: [...EIGHT, ...LE], aarch64eb: PLAIN, armeb: PLAIN },
    cases: ['mmio-1.3-config-order'],
  },
  // AArch64 swaps from here on; ARM is taken for any other big-endian machine, busEndian big.
  {
    transport: 'mmio-v1',
    profile: at('virtio_mmio.c', '1.5'),
    wrong: { armeb: [...PLAIN, ...LE_WRITES] },
    cases: ['mmio-1.11-armeb', 'le-writers'],
  },
  {
    transport: 'mmio-v1',
    profile: at('virtio_mmio.c', '1.10'),
    wrong: { armeb: [...PLAIN, ...LE_WRITES] },
    cases: ['mmio-1.11-armeb', 'le-writers'],
  },
  { transport: 'mmio-v1', profile: at('virtio_mmio.c', '1.11'), wrong: {}, cases: [] },
  { transport: 'mmio-v1', profile: at('virtio.c', '1.78'), wrong: {}, cases: [] },
  { transport: 'mmio-v1', profile: HEAD, wrong: {}, cases: [] },
  { transport: 'mmio-v1', profile: repaired, wrong: {}, cases: [] },
  // Once VERSION_1 is negotiated both orders are little, whatever the bus does.
  {
    transport: 'mmio-v2',
    profile: HEAD,
    wrong: { be: LE, aarch64eb: PLAIN, armeb: PLAIN },
    cases: ['swapping-bus', 'le-fields'],
  },
  { transport: 'mmio-v2', profile: repaired, wrong: {}, cases: [] },
  // ARM's PCI 0.9 has both orders big; 1.42 knew of AArch64 only.
  {
    transport: 'pci-0.9',
    profile: at('virtio_pci.c', '1.42'),
    wrong: { aarch64eb: LE_WRITES, armeb: PLAIN },
    cases: ['mmio-1.11-armeb', 'le-writers'],
  },
  {
    transport: 'pci-0.9',
    profile: at('virtio.c', '1.78'),
    wrong: { aarch64eb: LE, armeb: LE },
    cases: ['le-readers-1.79', 'le-writers'],
  },
  {
    transport: 'pci-0.9',
    profile: HEAD,
    wrong: { aarch64eb: LE_WRITES, armeb: LE_WRITES },
    cases: ['le-writers'],
  },
  { transport: 'pci-0.9', profile: repaired, wrong: {}, cases: [] },
  // busEndian big, structEndian little.
  {
    transport: 'pci-1.0',
    profile: at('virtio.c', '1.78'),
    wrong: { be: LE, aarch64eb: LE, armeb: LE },
    cases: ['le-readers-1.79', 'le-fields', 'le-writers'],
  },
  {
    transport: 'pci-1.0',
    profile: HEAD,
    wrong: { be: LE, aarch64eb: LE_WRITES, armeb: LE_WRITES },
    cases: ['le-fields', 'le-writers'],
  },
  { transport: 'pci-1.0', profile: repaired, wrong: {}, cases: [] },
];

/** No value reads the same backwards, in any width or with its words exchanged. */
export const PATTERNS = [0x0102030405060708n, 0xfedcba9876543210n, 0x80000000000000ffn] as const;
const BYTES = 8;
const WORD = 4;

/** The value's bytes at increasing addresses. */
function bytesOf(value: bigint, size: number, order: 'little' | 'big'): number[] {
  const little = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return order === 'little' ? little : little.reverse();
}

/** A device's configuration space that is memory and nothing else, behind a stack that has attached and negotiated. */
function bench(row: EndianRow, host: HostName) {
  const device = { queueSize: 4 };
  const spec = { child: 'viornd', transport: row.transport, host, diagnostic: false, device } as const;
  const machine = attached(spec, row.profile);
  const { sc } = machine.stack;
  const bytes = new Uint8Array(BYTES);
  /** Offsets, in the order in which they are written. */
  const written: number[] = [];
  const space = {
    read: (offset: number, size: number) =>
      Number(bytes.slice(offset, offset + size).reduceRight((value, byte) => value * 256 + byte, 0)),
    write: (offset: number, size: number, value: number) => {
      written.push(offset);
      bytes.set(bytesOf(BigInt(value), size, 'little'), offset);
    },
  };
  Object.assign(sc.transport, { config: { name: 'configuration', area: 'mmio-config', space, start: 0, size: BYTES } });
  /** What the stack has said of the access that it made last. */
  const told = (): AttachEvent | undefined => machine.events.findLast(({ kind }) => kind === 'call');
  return { sc, bytes, written, told };
}

/** The models read what a driver says that it writes, so that has to be what it was asked to write. */
function tells(event: AttachEvent | undefined, size: number, field: string, value: bigint): boolean {
  if (event?.kind !== 'call' || event.api !== 'write_config') return false;
  const { facts } = event;
  const known = typeof facts.value === 'boolean' ? undefined : BigInt(facts.value);
  return facts.offset === 0 && facts.size === size && facts.field === field && known === value;
}

function attached(...args: ConstructorParameters<typeof DriverMachine>): DriverMachine {
  const machine = new DriverMachine(...args);
  machine.attach();
  if (machine.stack.panicked !== null) throw new Error(machine.stack.panicked.message);
  return machine;
}

/** The accesses that go wrong with any of the patterns. */
export function wrongAccesses(row: EndianRow, host: HostName): readonly Cell[] {
  const { config, leFields } = ordersOf(host, row.transport);
  const { sc, bytes, written, told } = bench(row, host);
  return ACCESSES.flatMap((access) =>
    FIELDS.map((field): Cell => `${access} ${field}`).filter((cell) => {
      const le = cell.includes('le');
      const size = Number(cell.at(-1)) as 2 | 4 | 8;
      const order = le ? 'le' : 'struct';
      return PATTERNS.some((pattern) => {
        const value = pattern & ((1n << BigInt(8 * size)) - 1n);
        const held = bytesOf(value, size, le ? leFields : config);
        if (access === 'read') {
          bytes.set(held);
          return (size === 8 ? readConfig8(sc, 0) : BigInt(readConfig(sc, 0, size, order))) !== value;
        }
        written.length = 0;
        if (size === 8) writeConfig8(sc, 0, value);
        else writeConfig(sc, 0, size, Number(value), order);
        if (!tells(told(), size, order, value)) return true;
        // The low word goes first as the structures count.
        if (written[0] !== (size === 8 && sc.structEndian === 'big' ? WORD : 0)) return true;
        return held.some((byte, i) => bytes[i] !== byte);
      });
    }),
  );
}

/** As a table for docs/endianness.md. */
export function endiannessTable(): string {
  const cell = (wrong: readonly Cell[]): string => {
    if (wrong.length === 0) return 'right';
    const of = (access: string) =>
      wrong.filter((one) => one.startsWith(access)).map((one) => one.slice(access.length + 1));
    const parts = ACCESSES.map((access) => [access, of(access)] as const).filter(([, fields]) => fields.length > 0);
    return `**wrong**: ${parts.map(([access, fields]) => `${access} ${fields.join(', ')}`).join('; ')}`;
  };
  return [
    `| transport | revision | ${HOST_NAMES.join(' | ')} | see |`,
    `| --------- | -------- | ${HOST_NAMES.map(() => '---').join(' | ')} | --- |`,
    ...ENDIANNESS.map((row) => {
      const hosts = HOST_NAMES.map((host) => cell(wrongAccesses(row, host)));
      return `| ${row.transport} | ${row.profile.name} | ${hosts.join(' | ')} | ${row.cases.join(', ')} |`;
    }),
  ].join('\n');
}

export function endiannessPage(): string {
  return [
    '# Byte orders of configuration space',
    '',
    'Written by `npm run regressions`; do not edit. Each cell is measured: the driver stack attaches on the machine, then',
    'reads and writes fields of 2, 4 and 8 bytes, and fields that are little-endian even on legacy devices (_le_), with',
    'patterns that read differently backwards. `suites/regressions/endianness.ts` says what has to go wrong, and a test',
    'holds the two against each other. `targets/driver-stack/byte-orders.ts` says what the machines are like; where',
    "documents leave a device's physical order open, it is the one under which the newest readers of plain fields are right.",
    'Files that a revision does not name are the newest readable ones.',
    '',
    endiannessTable(),
    '',
  ].join('\n');
}
