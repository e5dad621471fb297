import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { acpiTable } from './acpi-table.ts';
import { cpioArchive } from './cpio.ts';
import { IMPOSTORS, REFUSER } from './impostors.ts';
import { initScript } from './initramfs.ts';
import { findGuestParts } from './kernel.ts';

const root = mkdtempSync(join(tmpdir(), 'virtcheck-guest-parts-'));
afterAll(() => rmSync(root, { recursive: true }));

function put(path: string, content: string | Buffer = 'x'): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

/** The head of a 64-bit ELF file with one program header of this type. */
function elf(type: number): Buffer {
  const bytes = Buffer.alloc(128);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.writeBigUInt64LE(64n, 0x20);
  bytes.writeUInt16LE(56, 0x36);
  bytes.writeUInt16LE(1, 0x38);
  bytes.writeUInt32LE(type, 64);
  return bytes;
}

const DRIVERS = [
  'virtio/virtio_mmio.ko',
  'block/virtio_blk.ko',
  'char/hw_random/virtio-rng.ko',
  'char/virtio_console.ko',
];

describe('the parts of a guest', () => {
  const boot = dirname(put('boot/vmlinuz-6.1.0-9-cloud-amd64'));
  put('boot/vmlinuz-6.1.0-56-cloud-amd64');
  put('boot/vmlinuz-6.9.0-amd64');
  const lib = join(root, 'modules');
  const modules = join(lib, '6.1.0-56-cloud-amd64');
  for (const driver of DRIVERS) put(`modules/6.1.0-56-cloud-amd64/kernel/drivers/${driver}`);
  put(
    'modules/6.1.0-56-cloud-amd64/modules.builtin',
    'kernel/drivers/virtio/virtio.ko\nkernel/drivers/virtio/virtio_ring.ko\n',
  );
  const busybox = [put('bin/dynamic', elf(3)), put('bin/static', elf(1))];

  it('are the newest cloud kernel, its modules that are not built in, and a static busybox', () => {
    const parts = findGuestParts({ boot, lib, busybox });
    expect(parts).toMatchObject({
      version: '6.1.0-56-cloud-amd64',
      kernel: join(boot, 'vmlinuz-6.1.0-56-cloud-amd64'),
      busybox: busybox[1],
    });
    expect(parts.modules.map(({ name }) => name)).toEqual(DRIVERS.map((path) => path.split('/').at(-1)));
  });

  it.each([
    ['no kernel', { boot: join(root, 'empty'), lib, busybox }, /install linux-image-cloud-amd64/],
    ['a kernel of no version', { kernel: busybox[0], busybox }, /name its modules with --modules/],
    ['no modules', { boot, lib: join(root, 'empty'), busybox }, /install linux-image-cloud-amd64/],
    ['a module missing', { boot, modules: join(root, 'bin'), busybox }, /no virtio_ring.ko/],
    ['no busybox', { boot, modules, busybox: [] }, /there is no busybox: install busybox-static/],
    [
      'a busybox that needs libraries',
      { boot, modules, busybox: [busybox[0]] },
      /needs shared libraries: install busybox-static/,
    ],
  ])('%s: says what to install', (_, places, message) => {
    expect(() => findGuestParts(places)).toThrow(message);
  });
});

describe('the archive', () => {
  it('holds folders and files as the kernel unpacks them', () => {
    const archive = cpioArchive(['bin'], [{ path: 'bin/a', content: Buffer.from('hello'), executable: true }]);
    const entries: string[] = [];
    for (let at = 0; at < archive.length;) {
      const field = (i: number): number =>
        Number.parseInt(archive.toString('latin1', at + 6 + 8 * i, at + 14 + 8 * i), 16);
      expect(archive.toString('latin1', at, at + 6)).toBe('070701');
      const [mode, size, nameSize] = [field(1), field(6), field(11)];
      const name = archive.toString('latin1', at + 110, at + 110 + nameSize - 1);
      const data = Math.ceil((at + 110 + nameSize) / 4) * 4;
      entries.push(`${mode.toString(8)} ${name} ${archive.toString('latin1', data, data + size)}`);
      at = Math.ceil((data + size) / 4) * 4;
    }
    expect(entries).toEqual(['40755 bin ', '100755 bin/a hello', '0 TRAILER!!! ']);
  });
});

describe('the script', () => {
  it('loads, unloads and reloads every driver, and says when it is through', () => {
    const script = initScript(['virtio.ko', 'virtio_blk.ko', 'virtio-rng.ko']);
    expect(script).toMatch(/insmod \/modules\/virtio.ko\n.*insmod \/modules\/virtio_blk.ko/);
    expect(script).toMatch(/rmmod virtio_rng\n.*rmmod virtio_blk\n/);
    expect(script).not.toMatch(/rmmod virtio\n/);
    expect(script.indexOf('say "done"')).toBeGreaterThan(script.lastIndexOf('insmod'));
  });
});

describe('the table that announces impostors', () => {
  const table = acpiTable([
    { base: 0x0f00_0000, size: 0x200, interrupt: 3 },
    { base: 0xfffd_0000, size: 0x200, interrupt: 3 },
  ]);

  it('is as long as it says, and its bytes add up to nothing', () => {
    expect(table.toString('latin1', 0, 4)).toBe('SSDT');
    expect(table.readUInt32LE(4)).toBe(table.length);
    expect(table.reduce((sum, byte) => (sum + byte) & 0xff, 0)).toBe(0);
  });

  it('nests its packages exactly, with address and hardware id in each', () => {
    // Scope: opcode, length in two bytes, root and name.
    const [opcode, low, high] = table.subarray(36);
    expect(opcode).toBe(0x10);
    expect((low & 0xf) | (high << 4)).toBe(table.length - 37);
    expect(table.toString('latin1').split('LNRO0005')).toHaveLength(3);
    expect(table.includes(Buffer.from([0x86, 9, 0, 1, 0, 0, 0xfd, 0xff, 0, 2, 0, 0]))).toBe(true);
  });
});

describe('impostors', () => {
  it('lie in pages of their own, each with something wrong', () => {
    expect(new Set(IMPOSTORS.map(({ device }) => device.base)).size).toBe(IMPOSTORS.length);
    expect(IMPOSTORS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['wrong magic value', 'version 3', 'DeviceID 0', 'no queue']),
    );
    for (const { refusal, untouched } of IMPOSTORS) expect(untouched || refusal !== '').toBe(true);
  });

  it('have steps that name them, and are left out where there are none', () => {
    const script = initScript(['virtio-rng.ko'], IMPOSTORS);
    for (const { name } of IMPOSTORS) expect(script).toContain(`"impostor, ${name}: `);
    expect(initScript(['virtio-rng.ko'])).not.toContain('impostor');
    expect(script).not.toContain(REFUSER.name);
    expect(initScript(['virtio_balloon.ko'], IMPOSTORS)).toContain(`"impostor, ${REFUSER.name}: `);
  });
});
