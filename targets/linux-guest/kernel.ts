/** Finds what a Linux guest is made of: kernel, driver modules and a static busybox. Says what to install if it is not there. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TargetUnavailable } from '../target.ts';

export interface GuestParts {
  /** As `uname -r` would say. */
  readonly version: string;
  readonly kernel: string;
  /** Driver modules in the order in which they are to be loaded. */
  readonly modules: readonly { readonly name: string; readonly content: Buffer }[];
  readonly busybox: string;
}

/** Where to look instead of the usual places. */
export interface GuestPlaces {
  readonly kernel?: string;
  /** The folder of the kernel's modules, named as its version. */
  readonly modules?: string;
  readonly boot?: string;
  readonly lib?: string;
  readonly busybox?: readonly string[];
}

const KERNEL_PACKAGE = 'linux-image-cloud-amd64';
const BUSYBOX_PACKAGE = 'busybox-static';
const KERNEL_NAME = /^vmlinuz-(.+)$/;

/** What virtio drivers consist of, dependencies first. */
const MODULES: readonly string[] = [
  'kernel/drivers/virtio/virtio_ring.ko',
  'kernel/drivers/virtio/virtio.ko',
  'kernel/drivers/virtio/virtio_mmio.ko',
  'kernel/drivers/block/virtio_blk.ko',
  'kernel/drivers/char/hw_random/virtio-rng.ko',
  'kernel/drivers/char/virtio_console.ko',
];
/** What the guest can do without: the driver that is shown a device which refuses its features. */
const OPTIONAL: readonly string[] = ['kernel/drivers/virtio/virtio_balloon.ko'];

/** Throws TargetUnavailable, which names the Debian package that is missing. */
export function findGuestParts(places: GuestPlaces = {}): GuestParts {
  const kernel = places.kernel ?? newestKernel(places.boot ?? '/boot');
  readable(kernel, KERNEL_PACKAGE);
  const version =
    places.modules === undefined
      ? KERNEL_NAME.exec(basename(kernel))?.[1]
      : basename(places.modules.replace(/\/+$/, ''));
  if (version === undefined) {
    throw new TargetUnavailable(`the name of ${kernel} does not tell its version: name its modules with --modules`);
  }
  const folder = places.modules ?? join(places.lib ?? '/lib/modules', version);
  if (!existsSync(folder)) {
    throw new TargetUnavailable(`no modules for ${kernel}: ${folder} is missing; install ${KERNEL_PACKAGE}`);
  }
  return { version, kernel, modules: readModules(folder), busybox: findBusybox(places.busybox) };
}

/** The newest cloud kernel, else the newest of any kind. */
function newestKernel(boot: string): string {
  const versions = (existsSync(boot) ? readdirSync(boot) : []).flatMap((name) => KERNEL_NAME.exec(name)?.[1] ?? []);
  const cloud = versions.filter((version) => version.includes('cloud'));
  const newest = (cloud.length > 0 ? cloud : versions)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  if (newest === undefined) {
    throw new TargetUnavailable(`no kernel in ${boot}: install ${KERNEL_PACKAGE}, or name one with --kernel`);
  }
  return join(boot, `vmlinuz-${newest}`);
}

function readModules(folder: string): GuestParts['modules'] {
  const list = join(folder, 'modules.builtin');
  const builtIn = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  const modules: { name: string; content: Buffer }[] = [];
  for (const path of MODULES) {
    if (builtIn.includes(path)) continue;
    modules.push({ name: basename(path), content: readModule(join(folder, path)) });
  }
  for (const path of OPTIONAL) {
    const there = ['', '.xz'].some((suffix) => existsSync(join(folder, `${path}${suffix}`)));
    if (there) modules.push({ name: basename(path), content: readModule(join(folder, path)) });
  }
  return modules;
}

function readModule(path: string): Buffer {
  if (existsSync(path)) return readFileSync(path);
  if (existsSync(`${path}.xz`)) {
    const { status, stdout } = spawnSync('xz', ['-dc', `${path}.xz`], { maxBuffer: 1 << 28 });
    if (status === 0) return stdout;
    throw new TargetUnavailable(`${path}.xz cannot be unpacked: install xz-utils`);
  }
  throw new TargetUnavailable(`the kernel has no ${basename(path)}: ${path} is missing; install ${KERNEL_PACKAGE}`);
}

function findBusybox(candidates: readonly string[] = ['/bin/busybox', '/usr/bin/busybox']): string {
  const found = candidates.filter((path) => existsSync(path));
  const usable = found.find((path) => isStatic(readFileSync(path)));
  if (usable !== undefined) return usable;
  const why = found.length > 0 ? `${found[0]} needs shared libraries` : 'there is no busybox';
  throw new TargetUnavailable(`${why}: install ${BUSYBOX_PACKAGE}`);
}

/** An ELF program without an interpreter needs nothing else to run. */
function isStatic(elf: Buffer): boolean {
  const [MAGIC, PROGRAM_HEADERS, ENTRY_SIZE, ENTRIES, INTERPRETER] = [0x7f454c46, 0x20, 0x36, 0x38, 3];
  if (elf.length < 64 || elf.readUInt32BE(0) !== MAGIC) return false;
  const start = Number(elf.readBigUInt64LE(PROGRAM_HEADERS));
  const size = elf.readUInt16LE(ENTRY_SIZE);
  for (let i = 0; i < elf.readUInt16LE(ENTRIES); i++) {
    if (elf.readUInt32LE(start + i * size) === INTERPRETER) return false;
  }
  return true;
}

function readable(path: string, debianPackage: string): void {
  try {
    if (!statSync(path).isFile()) throw new Error('it is no file');
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new TargetUnavailable(
      `the kernel ${path} cannot be read (${(error as Error).message}): install ${debianPackage}, or name another with --kernel`,
    );
  }
}
