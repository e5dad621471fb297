/**
 * Boots a Linux guest on QEMU's microvm with a block, a random and a console device on virtio-mmio, and records what its
 * drivers do to the registers.
 */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transport } from '../../models/setup.ts';
import { startChild } from '../child.ts';
import { TargetUnavailable } from '../target.ts';
import { IMPOSTOR_MEMORY, IMPOSTOR_MEMORY_SIZE, REFUSER, type Impostor } from './impostors.ts';
import { SAYS } from './initramfs.ts';

const BINARY = 'qemu-system-x86_64';
const DEBIAN_PACKAGE = 'qemu-system-x86';
const RAM_MEBIBYTES = 256;
const DISK_BYTES = 1 << 20;
const INITRAMFS_FILE = 'initramfs.cpio';
const DISK_FILE = 'disk.img';
const PORT_FILE = 'port.out';
const registersFile = (index: number): string => `registers-${index}.bin`;
/** After its last word a guest may take so long to end; then it is ended. microvm knows no way to power off. */
const FAREWELL = 5000;
const KEPT_LINES = 12;
const LONGEST_LINE = 1024;

/**
 * The kernel has no clock to calibrate by when the machine is emulated on a busy host, and would wait for one forever:
 * so it is told the frequency.
 */
const KERNEL_ARGUMENTS = 'console=ttyS0 panic=-1 tsc_early_khz=1000000 lapic=notscdeadline loglevel=4';

export interface GuestSetup {
  readonly kernel: string;
  readonly initramfs: Buffer;
  readonly transport: Transport;
  /** Folder for the files of the guest; QEMU runs in it. */
  readonly directory: string;
  /** Path of the trace log, absolute. */
  readonly log: string;
  /** Milliseconds after which a guest that has not finished counts as hung. */
  readonly patience: number;
  /** What looks like a device and must not be used; the guest's initramfs has to tell of it. */
  readonly impostors?: readonly Impostor[];
  readonly signal?: AbortSignal;
  /** Called with every step as it ends. */
  readonly onStep?: (step: GuestStep) => void;
}

export interface GuestStep {
  readonly name: string;
  readonly ok: boolean;
}

export interface GuestOutcome {
  /** `finished`: all steps were tried. `hung`: it was ended by the watchdog. `died`: QEMU ended before the guest was through. */
  readonly outcome: 'finished' | 'hung' | 'died' | 'interrupted';
  readonly steps: readonly GuestStep[];
  /** How QEMU ended, and the last lines of the guest's console. */
  readonly evidence: string;
}

/** The command line, to be run in a folder that holds the initramfs and the disk. */
export function guestCommandLine({
  kernel,
  transport,
  log,
  impostors = [],
}: Pick<GuestSetup, 'kernel' | 'transport' | 'log' | 'impostors'>): string[] {
  // A part of the memory that the guest does not use as such.
  const reserved = impostors.length === 0 ? '' : ` memmap=${IMPOSTOR_MEMORY_SIZE}$${IMPOSTOR_MEMORY}`;
  return [
    ...[BINARY, '-M', 'microvm,acpi=on', '-no-reboot', '-nodefaults', '-display', 'none', '-m', `${RAM_MEBIBYTES}M`],
    ...['-kernel', kernel, '-initrd', INITRAMFS_FILE, '-append', `${KERNEL_ARGUMENTS}${reserved}`, '-serial', 'stdio'],
    ...['-global', `virtio-mmio.force-legacy=${transport === 'mmio-v1' ? 'on' : 'off'}`],
    ...['-drive', `if=none,id=disk,file=${DISK_FILE},format=raw`, '-device', 'virtio-blk-device,drive=disk'],
    ...['-object', 'rng-builtin,id=random', '-device', 'virtio-rng-device,rng=random'],
    ...['-device', 'virtio-serial-device', '-chardev', 'null,id=console', '-device', 'virtconsole,chardev=console'],
    ...['-chardev', `file,id=port,path=${PORT_FILE}`, '-device', 'virtserialport,chardev=port,name=virtcheck'],
    ...impostors.flatMap(({ device }, i) => [
      '-device',
      `loader,file=${registersFile(i)},addr=${device.base},force-raw=on`,
    ]),
    // A legacy device has no FEATURES_OK to refuse.
    ...(impostors.length > 0 && transport === 'mmio-v2' ? ['-device', REFUSER.qemuDevice] : []),
    ...['-trace', 'memory_region_ops_*', '-trace', 'virtio_*', '-D', log],
  ];
}

/** Boots the guest and watches it to its end. Throws TargetUnavailable where there is no QEMU to run it. */
export async function bootGuest(setup: GuestSetup): Promise<GuestOutcome> {
  const { directory, initramfs, patience, signal, onStep, impostors = [] } = setup;
  writeFileSync(join(directory, INITRAMFS_FILE), initramfs);
  writeFileSync(join(directory, DISK_FILE), '');
  truncateSync(join(directory, DISK_FILE), DISK_BYTES);
  impostors.forEach(({ registers }, i) => writeFileSync(join(directory, registersFile(i)), registers));
  const [binary, ...args] = guestCommandLine(setup);
  const child = await startChild(binary, args, directory).catch((error: unknown) => {
    throw missing(error as Error);
  });
  const steps: GuestStep[] = [];
  const last: string[] = [];
  let outcome: GuestOutcome['outcome'] = 'died';
  let farewell: NodeJS.Timeout | undefined;
  const end = (how: GuestOutcome['outcome']) => () => {
    if (outcome === 'died') outcome = how;
    child.kill();
  };
  const watchdog = setTimeout(end('hung'), patience);
  const onAbort = end('interrupted');
  signal?.addEventListener('abort', onAbort);
  const read = (line: string): void => {
    last.push(line);
    if (last.length > KEPT_LINES) last.shift();
    const said = line.startsWith(SAYS) ? line.slice(SAYS.length).trim() : '';
    if (said === 'done') {
      outcome = 'finished';
      farewell = setTimeout(() => child.kill(), FAREWELL);
      return;
    }
    const step = /^(ok|failed) (.+)$/.exec(said);
    if (step === null) return;
    steps.push({ name: step[2], ok: step[1] === 'ok' });
    onStep?.(steps[steps.length - 1]);
  };
  let rest = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!.slice(-LONGEST_LINE);
    lines.forEach(read);
  });
  const how = await child.ended;
  clearTimeout(watchdog);
  clearTimeout(farewell);
  signal?.removeEventListener('abort', onAbort);
  if (rest !== '') last.push(rest);
  if (outcome === 'died' && /exit code 127|No such file/.test(how) && steps.length === 0) throw missing(new Error(how));
  return { outcome, steps, evidence: `QEMU: ${how}\n${last.join('\n')}` };
}

function missing(error: Error): TargetUnavailable {
  return new TargetUnavailable(`${BINARY} cannot be started (${error.message}): install ${DEBIAN_PACKAGE}`);
}
