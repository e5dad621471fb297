/** QEMU's virtio devices as this project starts them, and what they therefore have to be like. */
import type { Claims, DeviceKind } from '../../models/setup.ts';
import type { HostActionKind } from '../../models/trace/event-log.ts';

/** One port of a console: its number and the name of its host side's socket in the working directory. */
export interface ConsolePort {
  readonly port: number;
  readonly kind: 'virtconsole' | 'virtserialport';
}

export interface QemuDevice {
  readonly device: DeviceKind;
  readonly variant: string;
  readonly args: readonly string[];
  readonly ports: readonly ConsolePort[];
  readonly claims: Claims;
  readonly hostActions: readonly HostActionKind[];
}

export const DISK_FILE = 'disk.img';
export const DISK_SECTORS = 128;
export const SECTOR = 512;
const SERIAL = 'VIRTCHECK';

/** Id of QEMU's block backend and of its virtio-serial bus. */
export const DRIVE_ID = 'drive0';
export const SERIAL_BUS = 'vser.0';
/** Room for hot-plugged ports beside those of the variant. */
const MAX_PORTS = 8;

/** Socket file of a console port's host side. */
export function portSocket(port: number): string {
  return `port${port}.sock`;
}

function disk(variant: string, readOnly: boolean): QemuDevice {
  const drive = [
    `if=none,id=${DRIVE_ID},file=${DISK_FILE},format=raw,cache=unsafe`,
    'discard=unmap,detect-zeroes=off',
    ...(readOnly ? ['readonly=on'] : []),
  ];
  return {
    device: 'blk',
    variant,
    args: ['-drive', drive.join(','), '-device', `virtio-blk-device,drive=${DRIVE_ID},serial=${SERIAL}`],
    ports: [],
    // A raw file with discard=unmap: zeroing punches holes into it. It is neither zoned nor does it wear.
    claims: {
      readOnly,
      serial: SERIAL,
      capacity: DISK_SECTORS,
      zoned: false,
      wearMetrics: false,
      ...(readOnly ? {} : { deallocates: true }),
    },
    hostActions: readOnly ? [] : ['resize-disk'],
  };
}

function serial(variant: string, options: string, ports: readonly ConsolePort[], hotplug: boolean): QemuDevice {
  return {
    device: 'console',
    variant,
    args: ['-device', `virtio-serial-device,id=vser${options}`, ...ports.flatMap(portArgs)],
    ports,
    claims: { ports: ports.map((port) => port.port), emergencyOutput: true },
    hostActions: ['console-input', 'console-output', ...(hotplug ? (['port'] as const) : [])],
  };
}

function portArgs({ port, kind }: ConsolePort): string[] {
  return [
    '-chardev',
    `socket,id=char${port},path=${portSocket(port)},server=on,wait=off`,
    '-device',
    `${kind},id=port${port},bus=${SERIAL_BUS},nr=${port},chardev=char${port},name=virtcheck.${port}`,
  ];
}

const ENTROPY: QemuDevice = {
  device: 'rng',
  variant: 'default',
  args: ['-object', 'rng-builtin,id=rng0', '-device', 'virtio-rng-device,rng=rng0'],
  ports: [],
  claims: {},
  hostActions: [],
};

export const QEMU_DEVICES: readonly QemuDevice[] = [
  disk('default', false),
  disk('read-only', true),
  serial('default', ',max_ports=1', [{ port: 0, kind: 'virtconsole' }], false),
  serial(
    'multiport',
    `,max_ports=${MAX_PORTS}`,
    [
      { port: 0, kind: 'virtconsole' },
      { port: 1, kind: 'virtserialport' },
    ],
    true,
  ),
  ENTROPY,
];
