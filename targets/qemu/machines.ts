/**
 * The QEMU machines that carry virtio-mmio devices: where their slots lie, how interrupts are wired, where the driver may
 * keep its rings, and a firmware image that halts, so that the guest CPU stays out of the way.
 */
import { TRANSPORTS, type ByteOrder, type Transport } from '../../models/setup.ts';

export interface Machine {
  /** As in the target's name: `qemu:<name>`. */
  readonly name: string;
  readonly binary: string;
  /** Debian package that has the binary. */
  readonly debianPackage: string;
  /** Machine, CPU and firmware options; the image lies in the working directory. */
  readonly args: readonly string[];
  readonly firmware: { readonly file: string; readonly image: Buffer; readonly recipe: string };
  readonly byteOrder: ByteOrder;
  /** Register layouts that its slots can have. */
  readonly transports: readonly Transport[];
  readonly slots: { readonly base: number; readonly count: number; readonly stride: number };
  /** 1 MiB in the middle of the 64 MiB of RAM. */
  readonly memory: { readonly base: number; readonly size: number };
  readonly interrupts: InterruptWiring;
}

/** How to watch a slot's interrupt: qtest can intercept the input lines of one device. */
export interface InterruptWiring {
  /** QOM type of the interrupt controller. */
  readonly controller: string;
  /** Which one of several controllers of that type, in the order of their QOM names, serves the slot. */
  controllerOf(slot: number): number;
  /** Number of the input line that the slot is wired to. */
  lineOf(slot: number): number;
}

/** RAM of every machine in MiB: small, so that starting is quick. */
export const RAM_MEBIBYTES = 64;
const WINDOW = 1 << 20;

const X86_RESET_VECTOR = 0xfff0;
/** cli; hlt; jmp .-1 */
const X86_CODE = Buffer.from('faf4ebfd', 'hex');

const AARCH64: Machine = {
  name: 'aarch64',
  binary: 'qemu-system-aarch64',
  debianPackage: 'qemu-system-arm',
  args: ['-M', 'virt', '-cpu', 'cortex-a57', '-bios', 'halt.bin'],
  // wfi; b .-4
  firmware: image('halt.bin', Buffer.from('7f2003d5ffffff17', 'hex')),
  byteOrder: 'little',
  transports: TRANSPORTS,
  slots: { base: 0x0a00_0000, count: 32, stride: 0x200 },
  memory: { base: 0x4200_0000, size: WINDOW },
  interrupts: { controller: 'arm_gic', controllerOf: () => 0, lineOf: (slot) => 16 + slot },
};

const RISCV64: Machine = {
  name: 'riscv64',
  binary: 'qemu-system-riscv64',
  debianPackage: 'qemu-system-misc',
  args: ['-M', 'virt', '-bios', 'halt.bin'],
  // wfi; j .-4
  firmware: image('halt.bin', Buffer.from('730050106ff0dfff', 'hex')),
  byteOrder: 'little',
  transports: TRANSPORTS,
  slots: { base: 0x1000_1000, count: 8, stride: 0x1000 },
  memory: { base: 0x8200_0000, size: WINDOW },
  interrupts: { controller: 'riscv.sifive.plic', controllerOf: () => 0, lineOf: (slot) => 1 + slot },
};

const MICROVM: Machine = {
  name: 'microvm',
  binary: 'qemu-system-x86_64',
  debianPackage: 'qemu-system-x86',
  args: ['-M', 'microvm', '-bios', 'halt.bin'],
  firmware: { file: 'halt.bin', image: x86Image(), recipe: x86Recipe() },
  byteOrder: 'little',
  transports: TRANSPORTS,
  slots: { base: 0xfeb0_0000, count: 24, stride: 0x200 },
  memory: { base: 0x0200_0000, size: WINDOW },
  // With 24 slots microvm has a second I/O APIC, which is all theirs; the first one hangs off /machine by name.
  interrupts: { controller: 'ioapic', controllerOf: () => 0, lineOf: (slot) => slot },
};

const M68K: Machine = {
  name: 'm68k',
  binary: 'qemu-system-m68k',
  debianPackage: 'qemu-system-misc',
  args: ['-M', 'virt', '-kernel', 'halt.elf'],
  firmware: image('halt.elf', m68kImage()),
  byteOrder: 'big',
  // The machine itself insists on the modern layout, whatever `-global virtio-mmio.force-legacy` says.
  transports: ['mmio-v2'],
  slots: { base: 0xff01_0000, count: 128, stride: 0x200 },
  memory: { base: 0x0200_0000, size: WINDOW },
  // Six controllers of 32 lines; the first belongs to the platform's own devices, the slots start at the second.
  interrupts: {
    controller: 'goldfish_pic',
    controllerOf: (slot) => 1 + Math.floor(slot / 32),
    lineOf: (slot) => slot % 32,
  },
};

export const MACHINES: readonly Machine[] = [AARCH64, RISCV64, MICROVM, M68K];

function image(file: string, bytes: Buffer): Machine['firmware'] {
  return { file, image: bytes, recipe: `printf '${octal(bytes)}' > ${file}` };
}

/** 64 KiB that end at the reset vector, where the processor starts. */
function x86Image(): Buffer {
  const bytes = Buffer.alloc(0x10000);
  X86_CODE.copy(bytes, X86_RESET_VECTOR);
  return bytes;
}

function x86Recipe(): string {
  return (
    `truncate -s ${X86_RESET_VECTOR} halt.bin && printf '${octal(X86_CODE)}' >> halt.bin && ` +
    'truncate -s 65536 halt.bin'
  );
}

/** The smallest big-endian ELF file that QEMU loads, holding `stop #0x2700; bra.s .-4` at address 0x1000. */
function m68kImage(): Buffer {
  const code = Buffer.from('4e72270060fa', 'hex');
  const headers = Buffer.alloc(84);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 2, 1]).copy(headers);
  const LOAD_ADDRESS = 0x1000;
  const M68K_MACHINE = 4;
  // ELF header: type, machine; version, entry, program header offset; sizes.
  [2, M68K_MACHINE].forEach((value, i) => headers.writeUInt16BE(value, 16 + 2 * i));
  [1, LOAD_ADDRESS, 52, 0, 0].forEach((value, i) => headers.writeUInt32BE(value, 20 + 4 * i));
  [52, 32, 1, 0, 0, 0].forEach((value, i) => headers.writeUInt16BE(value, 40 + 2 * i));
  // Program header: load, file offset, addresses, sizes, readable and executable, alignment.
  const program = [1, headers.length, LOAD_ADDRESS, LOAD_ADDRESS, code.length, code.length, 5, 4];
  program.forEach((value, i) => headers.writeUInt32BE(value, 52 + 4 * i));
  return Buffer.concat([headers, code]);
}

/** As `printf` of any shell takes it. */
function octal(bytes: Buffer): string {
  return Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
