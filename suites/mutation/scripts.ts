/**
 * Scenarios made by hand, of what is seldom drawn or not at all: queues that just hold a request, work of another driver's
 * kind, memory that runs out at each of the allocations, interrupts that come late. They are fixed, so that they shift nothing
 * that is drawn from a seed.
 */
import type { CoreScenario } from '../../generators/driver/core.ts';
import type { Action } from '../../generators/driver/scenario.ts';
import type { Scenario } from '../../harness/driver-stack/perform.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { CHILD_NAMES, type ChildName, type MachineSpec, type ProfileSpec } from '../../targets/driver-stack/machine.ts';

export interface HandMade {
  readonly name: string;
  readonly profile: ProfileSpec;
  readonly scenario: Scenario;
}

export const REPAIRED: ProfileSpec = { name: 'mended', switches: MENDED };
export const HEAD: ProfileSpec = { name: 'HEAD' };

const at = (file: 'virtio.c' | 'vio9p.c' | 'vioscsi.c', revision: string, repaired = false): ProfileSpec => ({
  name: `${file} ${revision}${repaired ? ', repaired' : ''}`,
  revisions: { [file]: revision },
  ...(repaired ? { switches: MENDED } : {}),
});

/** With queues of this size there is memory for all that any driver needs. */
const QUEUE_SIZE = 16;

/** Allocations of viocon before the one for its buffers. */
const VIOCON_BUFFERS = 2;

const machine = (
  child: ChildName,
  device: MachineSpec['device'] = {},
  change: Partial<MachineSpec> = {},
): MachineSpec => ({ child, transport: 'mmio-v2', host: 'le', diagnostic: true, device, ...change });

const [attach, detach, settle, up]: readonly Action[] = (['attach', 'detach', 'settle', 'up'] as const).map((what) => ({
  do: what,
}));
const output = (length: number): Action => ({ do: 'output', length });
const input = (length: number): Action => ({ do: 'input', length });
const balloon = (pages: number): Action => ({ do: 'balloon', pages });
const race = (...order: readonly number[]): Action => ({ do: 'race', order });
const transfer = (times: number, misalign: number, write = true): Action => ({
  ...{ do: 'transfer', write, length: 512, misalign, times },
});
/** Less than a sector; and as many pages as a request may touch, twice. */
const tiny: Action = { do: 'transfer', write: false, length: 100, misalign: 0 };
const whole: Action = { do: 'transfer', write: true, length: 65536, misalign: 512, times: 2 };
const sixFrames: readonly Action[] = [attach, up, settle, ...Array.from({ length: 6 }, () => output(100))];

const script = (name: string, profile: ProfileSpec, on: MachineSpec, ...actions: readonly Action[]): HandMade => ({
  ...{ name, profile, scenario: { machine: on, actions } },
});

export const SCRIPTS: readonly HandMade[] = [
  // Requests that just fit, and that do not.
  ...[output(16384), output(16385)].map((first) =>
    script(
      `vio9p, a message that fills its buffer: ${JSON.stringify(first)}`,
      ...([REPAIRED, machine('vio9p', { queueSize: 8 }), attach, first, settle, input(16384)] as const),
    ),
  ),
  script(
    'vio9p, a message that is too long',
    ...([REPAIRED, machine('vio9p', { queueSize: 16 }), attach, output(20000), settle, input(16384)] as const),
  ),
  script(
    'viogpu, a command that just fits',
    ...([REPAIRED, machine('viogpu', { queueSize: 2 }), attach, settle, output(1), settle] as const),
  ),
  script('vioif, more frames than the queue takes', REPAIRED, machine('vioif', { queueSize: 4 }), ...sixFrames),
  script(
    'vioif, more frames than the queue takes, without indirect tables',
    ...([REPAIRED, machine('vioif', { queueSize: 4, withhold: [28] }), ...sixFrames, settle] as const),
  ),
  script(
    'vioscsi.c 1.8, no descriptor left',
    at('vioscsi.c', '1.8'),
    machine('vioscsi', { queueSize: 4, withhold: [28], completion: 'fifo' }, { diagnostic: false }),
    ...[attach, transfer(2, 4095), settle],
  ),
  // Work that comes to nothing.
  script('viomb, no pages', REPAIRED, machine('viomb'), attach, balloon(0), settle),
  script('viomb, work of another kind', REPAIRED, machine('viomb'), attach, settle, input(100), settle),
  script(
    'vioscsi, work of another kind',
    ...([REPAIRED, machine('vioscsi'), attach, settle, output(512), { do: 'flush' }, settle] as const),
  ),
  script('viornd, more bytes than it has room for', REPAIRED, machine('viornd'), attach, settle, input(33), settle),
  script('viornd, work of another kind', REPAIRED, machine('viornd'), attach, settle, output(32), settle),
  script('vioif, work of another kind', REPAIRED, machine('vioif'), attach, up, settle, input(100), settle),
  script('viogpu, work of another kind', REPAIRED, machine('viogpu'), attach, settle, input(100), settle),
  // Odd devices.
  script(
    'vioif, a device that counts what it has read',
    REPAIRED,
    machine('vioif', { faults: ['used-length-includes-readable'] }),
    ...[attach, up, settle, output(100), settle],
  ),
  script(
    'vio9p.c 1.6, no tag to mount',
    ...([at('vio9p.c', '1.6'), machine('vio9p', { withhold: [0] }), attach, output(32), settle] as const),
  ),
  script(
    'vio9p.c 1.6, features refused',
    ...([at('vio9p.c', '1.6'), machine('vio9p', { refuseFeatures: true }), attach, output(32), settle] as const),
  ),
  script(
    'vioif, brought up without the control queue that it counts',
    HEAD,
    machine('vioif', { queueSize: 16, absentQueues: [2] }, { diagnostic: false }),
    ...[attach, up, settle],
  ),
  // Two threads at once.
  script(
    'vio9p, a reply that comes before the time-out',
    ...([HEAD, machine('vio9p'), attach, output(32), race(0, 1, 0, 0), input(32)] as const),
  ),
  script(
    'viogpu, two processors in the middle of a command',
    HEAD,
    machine('viogpu', { completion: 'fifo' }),
    ...[attach, settle, output(1), race(0, 1, 0, 1), settle],
  ),
  script(
    'viogpu, detached between an answer and the thread that it wakes',
    ...([REPAIRED, machine('viogpu'), attach, race(0, 0), detach, settle] as const),
  ),
  ...(['mmio-v1', 'mmio-v2'] as const).map((transport) =>
    script(
      `virtio.c 1.72, all entries but the freed one in use on ${transport}`,
      at('virtio.c', '1.72', true),
      machine('ld', { queueSize: 4 }, { transport }),
      ...[attach, settle, transfer(4, 0, false), race(0, 1, 1, 0, 1)],
    ),
  ),
  // One repair by itself: the others make up for it where they are there, too.
  ...(['be', 'aarch64eb'] as const).map((host) =>
    script(
      `viomb, the repair of little-endian fields alone on ${host}`,
      { name: 'HEAD with repair-le-fields', switches: ['repair-le-fields'] },
      machine('viomb', {}, { transport: 'pci-1.0', host }),
      ...[attach, settle, balloon(1), settle],
    ),
  ),
  // Input that flows again without an interrupt, and more of it than the queue takes.
  ...(['fifo', 'immediate'] as const).map((completion) =>
    script(
      `viocon, more input than the queue takes until it flows again, ${completion}`,
      REPAIRED,
      machine('viocon', { queueSize: 2, completion }),
      ...[attach, settle, { do: 'flow', stopped: true } as const, settle],
      ...[{ do: 'host-input', length: 4096 } as const, settle, { do: 'flow', stopped: false } as const, settle],
    ),
  ),
  script(
    'viocon, attached again by the side of a software interrupt that was left behind',
    {
      name: 'mended but for H3 and H7',
      switches: MENDED.filter((name) => name !== 'repair-h3' && name !== 'repair-h7'),
    },
    machine(
      'viocon',
      { queueSize: QUEUE_SIZE },
      { diagnostic: false, shortages: { dmaAllocations: VIOCON_BUFFERS, dmaPasses: true } },
    ),
    ...[attach, { do: 'rescan' } as const, settle, { do: 'host-input', length: 100 } as const, settle],
  ),
  // A device that no driver is for.
  script(
    'a device of an unknown type, looked at again',
    ...([
      REPAIRED,
      machine('ld', { identity: 'unknown-type' }),
      ...[attach, settle, { do: 'rescan' } as const, settle, detach],
    ] as const),
  ),
  // Memory that is not clear.
  script(
    'vioscsi, dirty memory',
    REPAIRED,
    machine('vioscsi', {}, { dirtyMemory: true }),
    ...[attach, transfer(1, 0), settle],
  ),
  script(
    'vioif, dirty memory',
    ...([REPAIRED, machine('vioif', {}, { dirtyMemory: true }), attach, up, settle, output(100), settle] as const),
  ),
  // Disks that fail by what the host says.
  script(
    'vioscsi, no such target',
    ...([REPAIRED, machine('vioscsi', { scsiTarget: 1 }), attach, settle, transfer(2, 0, false), settle] as const),
  ),
  // Ways out.
  script(
    'vioif, detached without the control queue that it does without',
    ...([REPAIRED, machine('vioif', { withhold: [17] }), attach, up, settle, detach, settle] as const),
  ),
  ...(['1.69', '1.73'] as const).map((revision) =>
    script(
      `virtio.c ${revision}, no memory for the commands of a disk`,
      at('virtio.c', revision, true),
      machine('ld', { queueSize: QUEUE_SIZE }, { transport: 'mmio-v1', shortages: { dmaAllocations: 1 } }),
      ...[attach, settle, transfer(1, 0), detach],
    ),
  ),
  script(
    'virtio.c 1.74, looked for again after an attach that failed',
    at('virtio.c', '1.74'),
    machine('viornd', {}, { transport: 'mmio-v1', shortages: { dmaAllocations: 0 } }),
    ...[attach, { do: 'rescan' } as const, settle],
  ),
  // Old revisions.
  ...(['1.54', '1.72'] as const).map((revision) =>
    script(
      `virtio.c ${revision}, chains of descriptors`,
      at('virtio.c', revision, true),
      machine('ld', { queueSize: 8, withhold: [28] }, { transport: 'mmio-v1' }),
      ...[attach, settle, transfer(2, 64), settle, transfer(2, 64, false), settle],
    ),
  ),
  ...(['mmio-v2', 'pci-1.0'] as const).map((transport) =>
    script(
      `vioif, virtio.c 1.54 on ${transport}`,
      ...([at('virtio.c', '1.54'), machine('vioif', {}, { transport }), attach, up, output(100), settle] as const),
    ),
  ),
  // What a driver is not asked for, and a bus without a device.
  script(
    'ld, work of another kind',
    ...([
      REPAIRED,
      machine('ld', { queueSize: QUEUE_SIZE }),
      attach,
      settle,
      output(512),
      input(512),
      tiny,
      settle,
    ] as const),
  ),
  script(
    'looked for again where there is no device',
    ...([REPAIRED, machine('viornd', { identity: 'placeholder' }), attach, { do: 'rescan' }, settle] as const),
  ),
  script(
    'a device on the command line behind an entry that is nothing but a size',
    HEAD,
    machine('viornd', {}, { commandLine: 'virtio_mmio.device=4096 virtio_mmio.device=4K@0x10000:5' }),
    ...[attach, settle],
  ),
  script(
    'vioscsi.c 1.8, a descriptor that was given back twice',
    at('vioscsi.c', '1.8'),
    machine('vioscsi', { queueSize: 32, cmdPerLun: 8, completion: 'fifo' }, { diagnostic: false }),
    ...[attach, settle, whole, transfer(2, 0), settle],
  ),
  script(
    'vioscsi, a polled transfer among others that fail',
    REPAIRED,
    machine('vioscsi', { queueSize: 16, completion: 'shuffled' }),
    attach,
    // Beyond the end of the disk, by a block.
    { do: 'transfer', write: false, length: 16384, misalign: 0, times: 8, block: 4065 },
    { do: 'transfer', write: false, length: 16384, misalign: 0, times: 1, block: 8, poll: true },
  ),
];

/** Something that each driver takes, ready or not. */
const WORK: Readonly<Record<ChildName, readonly Action[]>> = {
  viocon: [output(32)],
  viornd: [input(32)],
  ld: [transfer(1, 0)],
  vioscsi: [transfer(1, 0)],
  vioif: [up, output(100)],
  viomb: [balloon(1)],
  vio9p: [output(32)],
  viogpu: [output(1)],
};

const lifeOf = (child: ChildName): readonly Action[] => [attach, settle, ...WORK[child], settle, detach, settle];

/** More than any driver asks for before it has work. */
const MOST_ALLOCATIONS = 6;

const shortage = (child: ChildName, dmaAllocations: number, dmaPasses: boolean): HandMade =>
  script(
    `${child}, memory for ${dmaAllocations}${dmaPasses ? ' and again later' : ''}`,
    ...([
      REPAIRED,
      machine(
        child,
        { queueSize: QUEUE_SIZE },
        { shortages: dmaPasses ? { dmaAllocations, dmaPasses } : { dmaAllocations } },
      ),
      ...lifeOf(child),
    ] as const),
  );

/** Memory runs out at each of the allocations, and there is work all the same; a way out may have forgotten half of itself. */
export const shortagesOf = (child: ChildName): readonly HandMade[] => {
  const counts = Array.from({ length: MOST_ALLOCATIONS + 1 }, (_, count) => count);
  return [
    ...counts.map((count) => shortage(child, count, false)),
    ...counts.slice(0, -1).map((count) => shortage(child, count, true)),
  ];
};

/** The newest, and the old ones whose way out differs; between them, attaching panics on MMIO v2 and PCI 1.0 anyway. */
const LATE_AT: readonly ProfileSpec[] = [
  REPAIRED,
  at('virtio.c', '1.54', true),
  at('virtio.c', '1.54'),
  ...['1.73', '1.75', '1.79'].map((revision) => at('virtio.c', revision, true)),
];
const LATE_ON: readonly DriverTransport[] = ['mmio-v2', 'pci-0.9'];

/** An interrupt that comes while the driver is detached, also where none could be established. */
export const lateInterruptsOf = (child: ChildName): readonly HandMade[] =>
  LATE_AT.flatMap((profile) =>
    LATE_ON.flatMap((transport) =>
      [{ lateInterrupt: true }, { lateInterrupt: true, allocInterrupts: true }].map((shortages) =>
        script(
          `${child}, ${profile.name}, late on ${transport}${'allocInterrupts' in shortages ? ', none established' : ''}`,
          ...([
            profile,
            machine(child, { queueSize: QUEUE_SIZE }, { transport, shortages }),
            ...lifeOf(child),
          ] as const),
        ),
      ),
    ),
  );

/**
 * The core without a child, whose software interrupt is pending when it is given back: an interrupt has come while it was
 * detached. Nothing runs afterwards.
 */
export const LATE_SOFTINTS: readonly { readonly profile: ProfileSpec; readonly scenario: CoreScenario<MachineSpec> }[] =
  [REPAIRED, at('virtio.c', '1.54', true)].flatMap((profile) =>
    LATE_ON.map((transport) => ({
      profile,
      scenario: {
        machine: machine(
          'viornd',
          { queueSize: QUEUE_SIZE },
          { transport, unconfigured: true, shortages: { lateInterrupt: true } },
        ),
        driver: { want: [], noIndirect: false, softint: true, maxNSegs: [1] },
        actions: [{ do: 'submit', queue: 0, lengths: [8], notify: true }, { do: 'settle' }],
      },
    })),
  );

export const ALL_SCRIPTS: readonly HandMade[] = [
  ...SCRIPTS,
  ...CHILD_NAMES.flatMap((child) => [...shortagesOf(child), ...lateInterruptsOf(child)]),
];
