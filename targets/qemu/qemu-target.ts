/** QEMU's virtio-mmio devices as targets: `qemu:aarch64`, `qemu:riscv64`, `qemu:microvm` and the big-endian `qemu:m68k`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { endiannessMode, type EndiannessMode, type Transport } from '../../models/setup.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../child.ts';
import { QtestSession } from '../qtest/session.ts';
import { TargetUnavailable, type Combination, type Target } from '../target.ts';
import { QEMU_DEVICES } from './devices.ts';
import { QemuInstance, commandLine, preparation, unavailable, type QemuSetup } from './instance.ts';
import { MACHINES, type Machine } from './machines.ts';

export interface QemuOptions {
  /** Milliseconds without an answer after which QEMU counts as hung. Default 5000. */
  readonly patience?: number;
  /** Milliseconds that a wait for the device goes on. Default 2000. */
  readonly waitPatience?: number;
}

const DEFAULT_PATIENCE = 5000;

/** Names of all QEMU targets. */
export const QEMU_TARGETS: readonly string[] = MACHINES.map((machine) => `qemu:${machine.name}`);

/** The target of a name, or undefined if there is no such machine. Nothing is started before `open`. */
export function createQemuTarget(name: string, options: QemuOptions = {}): Target | undefined {
  const machine = MACHINES.find((candidate) => `qemu:${candidate.name}` === name);
  if (machine === undefined) return undefined;
  return {
    name,
    combinations: combinationsOf(machine),
    open: (combination) => openQemu(name, machine, combination, options),
  };
}

/** Version and package of a QEMU target: `version` is undefined if the binary is not installed. */
export async function qemuAvailability(
  name: string,
): Promise<{ version?: string; binary: string; debianPackage: string } | undefined> {
  const machine = MACHINES.find((candidate) => `qemu:${candidate.name}` === name);
  if (machine === undefined) return undefined;
  const version = await versionOf(machine).catch(() => undefined);
  return { version, binary: machine.binary, debianPackage: machine.debianPackage };
}

function modeOf(machine: Machine, transport: Transport): EndiannessMode {
  if (machine.byteOrder === 'little') return endiannessMode('le', transport);
  return endiannessMode(transport === 'mmio-v1' ? 'be-legacy' : 'be-modern', transport);
}

function combinationsOf(machine: Machine): readonly Combination[] {
  return QEMU_DEVICES.flatMap(({ device, variant }) =>
    machine.transports.map((transport) => ({ device, transport, mode: modeOf(machine, transport), variant })),
  );
}

async function openQemu(
  target: string,
  machine: Machine,
  combination: Combination,
  options: QemuOptions,
): Promise<QtestSession> {
  const { transport, variant } = combination;
  const device = QEMU_DEVICES.find((known) => known.device === combination.device && known.variant === variant);
  if (device === undefined) throw new TargetUnavailable(`${target} has no ${combination.device} variant ${variant}`);
  if (!machine.transports.includes(transport)) throw new TargetUnavailable(`${target} has no ${transport} slots`);
  const version = await versionOf(machine);
  const directory = makeTemporaryDirectory();
  const patience = options.patience ?? DEFAULT_PATIENCE;
  const setup: QemuSetup = { machine, device, transport, directory, patience };
  try {
    const first = await QemuInstance.start(setup);
    return new QtestSession(
      {
        info: {
          ...combination,
          target,
          version,
          memory: machine.memory,
          observesDeviceStores: false,
          observesInterrupt: first.interruptLine !== null,
          hostActions: device.hostActions,
          claims: device.claims,
          commandLine: commandLine(setup),
          preparation: preparation(machine, device),
          registerBase: first.registerBase,
        },
        start: () => QemuInstance.start(setup),
        waitPatience: options.waitPatience,
        dispose: async () => removeTemporaryDirectory(directory),
      },
      first,
    );
  } catch (error) {
    removeTemporaryDirectory(directory);
    throw error;
  }
}

const versions = new Map<string, Promise<string>>();

/** `7.2.22` out of `QEMU emulator version 7.2.22 (Debian ...)`. Rejects with TargetUnavailable. */
function versionOf(machine: Machine): Promise<string> {
  let version = versions.get(machine.binary);
  if (version === undefined) {
    version = promisify(execFile)(machine.binary, ['--version']).then(
      ({ stdout }) => /version (\S+)/.exec(stdout)?.[1] ?? 'unknown',
      (error: unknown) => {
        versions.delete(machine.binary);
        throw unavailable(machine, error);
      },
    );
    versions.set(machine.binary, version);
  }
  return version;
}
