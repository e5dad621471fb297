/**
 * Scripts of disks and consoles: devices that withhold or refuse what most of them do, limits that leave odd segments, queues
 * that are full when a kernel dumps, input that waits until it may flow, and revisions whose handlers were others. Fixed, as
 * those of scripts.ts are.
 */
import type { Action } from '../../generators/driver/scenario.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import type { MachineSpec, ProfileSpec } from '../../targets/driver-stack/machine.ts';
import { HEAD, REPAIRED, type HandMade } from './scripts.ts';

/** Feature bits: RO, BLK_SIZE, FLUSH and what depends on it, SEG_MAX; RING_INDIRECT_DESC and RING_EVENT_IDX. */
const [SEG_MAX, BLK_SIZE, FLUSH, CONFIG_WCE, INDIRECT, EVENT_IDX] = [2, 6, 9, 11, 28, 29];
/** Slots of a console's queues hold so many bytes. */
const SLOT = 128;
const PAGE = 4096;
/** A queue that holds what most scripts ask for. */
const ROOMY = 8;
/** As many chains as it takes until one is dropped. */
const CHAINS = 9;

const [attach, settle, flush]: readonly Action[] = (['attach', 'settle', 'flush'] as const).map((what) => ({
  do: what,
}));
const dump = (length: number): Action => ({ do: 'dump', length });
const output = (length: number): Action => ({ do: 'output', length });
const typed = (length: number): Action => ({ do: 'host-input', length });
const flow = (stopped: boolean): Action => ({ do: 'flow', stopped });
const open = (unit: number): Action => ({ do: 'open', unit });
const race = (...order: readonly number[]): Action => ({ do: 'race', order });
const transfer = (write: boolean, length: number, misalign = 0, times = 1): Action => ({
  ...{ do: 'transfer', write, length, misalign, times },
});

const at = (
  file: 'ld_virtio.c' | 'viocon.c',
  revision: string,
  switches: readonly string[],
  core?: string,
): ProfileSpec => ({
  name: `${file} ${revision}`,
  revisions: { [file]: revision, ...(core === undefined ? {} : { 'virtio.c': core }) },
  switches,
});

/** All machines here, but for what a script changes. */
const ON = { transport: 'mmio-v2', host: 'le', diagnostic: true } as const;

/** Scripts of one child, which begin as `first` says; `usual` is what its devices are but for what a script changes. */
const scriptsOf =
  (child: 'ld' | 'viocon', usual: MachineSpec['device'], first: readonly Action[]) =>
  (
    name: string,
    device: MachineSpec['device'],
    actions: readonly Action[],
    profile = REPAIRED,
    more: Partial<MachineSpec> = {},
  ): HandMade => ({
    name: `${child}, ${name}`,
    profile,
    scenario: {
      machine: { ...ON, child, device: { ...usual, ...device }, ...more },
      actions: [...first, ...actions],
    },
  });

const disk = scriptsOf('ld', { queueSize: ROOMY }, [attach]);
const terminal = scriptsOf('viocon', {}, [attach, settle]);

/** A disk that understands no request: its header is read in the other byte order. */
const DEAF: Partial<MachineSpec> = { transport: 'mmio-v1', host: 'be' };

const DISKS: readonly HandMade[] = [
  disk('a disk that says nothing of its sectors', { withhold: [BLK_SIZE] }, [settle, transfer(true, 512), settle]),
  disk('a disk without FLUSH', { withhold: [FLUSH, CONFIG_WCE] }, [settle, flush, settle]),
  disk('a disk that cannot be written', { readOnly: true }, [
    ...[settle, transfer(true, 512), settle, transfer(false, 512), settle, dump(512), settle],
  ]),
  disk('a disk that takes no data', { segMax: 0 }, [settle, transfer(true, 512), dump(512), settle]),
  disk('a disk that takes no sector', { segMax: 1, sizeMax: 256 }, [settle, dump(512), settle]),
  ...['', 'x', 'eight-by', 'of-twenty-characters'].map((serial) => disk(`a disk called "${serial}"`, { serial }, [])),
  // Whatever it is asked, it says that it does not know such a request.
  ...[[flush], [dump(512)], [transfer(true, 512), flush, dump(512)]].map((asked) =>
    disk('a disk that fails', { faults: ['legacy-request-little-endian'] }, [settle, ...asked, settle], REPAIRED, DEAF),
  ),
  // One segment, or two, where one too long or too short shows.
  disk('a bounced buffer with a short end', { segMax: 2, sizeMax: 3072 }, [
    ...[settle, transfer(true, PAGE, PAGE - 1), settle, transfer(false, PAGE, PAGE - 1), settle, dump(65536), settle],
  ]),
  ...[512, PAGE, 65536].map((length) =>
    disk(`a dump of ${length} bytes`, { segMax: 17, sizeMax: PAGE, queueSize: 32 }, [settle, dump(length), settle]),
  ),
  disk('a dump to a disk of small requests', { segMax: 1, sizeMax: PAGE }, [settle, dump(65536), dump(512), settle]),
  // Queues that are full.
  ...[true, false].flatMap((slow) =>
    [[INDIRECT], []].map((withhold) =>
      disk(
        `a dump on a full queue, ${slow ? 'of a slow disk' : 'of a quick one'}`,
        {
          ...{ queueSize: 4, completion: 'fifo', slow, withhold },
        },
        [settle, transfer(false, 512, 0, 5), dump(512), dump(512), settle],
      ),
    ),
  ),
  disk('a dump that is never answered', { faults: ['chain-dropped'] }, [
    settle,
    ...Array.from({ length: CHAINS }, () => dump(512)),
  ]),
  // Queues that hold hardly a request.
  ...[1, 2].map((queueSize) =>
    disk(
      `a queue of ${queueSize}`,
      // An indirect table would be longer than the queue.
      { queueSize, withhold: [INDIRECT] },
      [settle, transfer(false, 512), transfer(false, 512), settle, flush, flush, transfer(true, 512), settle],
      REPAIRED,
      // A request of more segments than the queue has entries is an assertion.
      { diagnostic: false },
    ),
  ),
  ...[PAGE, 512].map((length) =>
    disk(
      `a dump on a queue that one request fills, behind ${length} bytes`,
      { queueSize: 4, completion: 'fifo', slow: true, withhold: [INDIRECT], segMax: 2 },
      [settle, transfer(false, length, 64), dump(512), settle],
    ),
  ),
  // Limits at old revisions.
  ...[2, 4].map((segMax) =>
    disk(
      `1.32, SEG_MAX ${segMax}, a few segments more`,
      { sizeMax: 65536, queueSize: 32, segMax },
      [settle, transfer(true, 16384, 64), settle],
      at('ld_virtio.c', '1.32', MENDED),
    ),
  ),
  ...['1.32', '1.34', '1.35', '1.43'].flatMap((revision) =>
    [0, 1, 2, 4, 16].flatMap((segMax) =>
      [MENDED, []].map((switches) =>
        disk(
          `${revision}, SEG_MAX ${segMax === 0 ? 'withheld' : segMax}`,
          { sizeMax: 65536, queueSize: 32, ...(segMax === 0 ? { withhold: [SEG_MAX] } : { segMax }) },
          [settle, transfer(true, 16384, 64), settle, transfer(false, 65536, 64), settle, transfer(true, PAGE), settle],
          at('ld_virtio.c', revision, switches),
        ),
      ),
    ),
  ),
  // A race that somebody's buffer is part of.
  ...[
    [0, 1],
    [1, 0],
    [1, 1, 0],
    [1, 1, 1, 0],
    [1, 1, 1, 1, 0],
    [1, 1, 1, 1, 1, 0],
    [1, 1, 1, 1, 1, 1, 0],
  ].flatMap((order) =>
    [true, false].map((write) =>
      disk(`a race ${order.join(' ')}, ${write ? 'write' : 'read'}`, { queueSize: 16, completion: 'fifo' }, [
        ...[settle, transfer(write, 512), race(...order), transfer(write, 512), settle],
        ...[transfer(write, 512), race(...order), settle],
      ]),
    ),
  ),
];

const CONSOLES: readonly HandMade[] = [
  // Input that waits: it is taken up again without an interrupt.
  ...[[], [EVENT_IDX]].flatMap((withhold) =>
    (['immediate', 'fifo'] as const).flatMap((completion) =>
      [1, 3 * SLOT].flatMap((length) => [
        terminal(`input that may not flow, ${completion}, ${length}`, { queueSize: ROOMY, withhold, completion }, [
          ...[flow(true), settle, typed(length), settle, flow(false), settle, typed(length), settle],
        ]),
        terminal(`input on its way, ${completion}, ${length}`, { queueSize: ROOMY, withhold, completion }, [
          ...[typed(length), flow(true), settle, flow(false), settle, typed(length), settle],
        ]),
      ]),
    ),
  ),
  // Output that waits for slots.
  ...[1, 2, 4].flatMap((queueSize) =>
    (['immediate', 'fifo'] as const).flatMap((completion) =>
      [4, 9, 16].map((slots) =>
        terminal(`${slots} slots of output, a queue of ${queueSize}, ${completion}`, { queueSize, completion }, [
          ...[output(slots * SLOT), settle, output(SLOT), output(slots * SLOT + 1), output(3), settle],
        ]),
      ),
    ),
  ),
  ...[1, 2, 4].map((laterQueueSize) =>
    terminal(`a small queue for output, of ${laterQueueSize}`, { queueSize: ROOMY, laterQueueSize }, [
      ...[output(5 * SLOT), settle, typed(5 * SLOT), settle, output(SLOT), typed(SLOT), settle],
    ]),
  ),
  terminal(
    'lengths that are negative',
    { queueSize: ROOMY, faults: ['used-length-byte-swapped'] },
    [...[typed(SLOT), settle, typed(1), settle]],
    HEAD,
  ),
  terminal('a size', { queueSize: ROOMY }, [settle]),
  ...['1.1', '1.2', '1.10'].map((revision) =>
    terminal(
      'a terminal that is opened',
      { queueSize: ROOMY },
      [open(0), open(1), open(8), settle],
      at('viocon.c', revision, ['repair-58555', 'repair-viocon-queues', 'sync-repaired']),
    ),
  ),
  // Handlers of revisions before 1.7, on cores old and new.
  ...['1.1', '1.3', '1.6'].flatMap((revision) =>
    [undefined, '1.54', '1.66', '1.72'].flatMap((core) =>
      [[...MENDED, 'repair-58555'], ['repair-58555'], [...MENDED, 'repair-58555', 'sync-repaired']].map((switches) =>
        terminal(
          `${revision} on virtio.c ${core ?? 'HEAD'}`,
          { queueSize: 4 },
          [output(6 * SLOT), settle, typed(2 * SLOT), settle, output(SLOT), typed(SLOT), settle],
          at('viocon.c', revision, switches, core),
          // What old cores do on other buses ends before there is work.
          { transport: 'mmio-v1' },
        ),
      ),
    ),
  ),
  // A way out that has a software interrupt, and ones that have none.
  ...[[0], [1], [0, 1]].map((absentQueues) =>
    terminal('queues that are not there', { absentQueues }, [
      typed(1),
      settle,
      { do: 'rescan' },
      { do: 'detach' },
      settle,
    ]),
  ),
];

/** Each by a name of its own. */
const numbered = (scripts: readonly HandMade[]): readonly HandMade[] =>
  scripts.map((script, i) => ({ ...script, name: `${script.name} (${i + 1})` }));

export const DISK_SCRIPTS = numbered(DISKS);
export const CONSOLE_SCRIPTS = numbered(CONSOLES);
