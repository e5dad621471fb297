/** Requests and chain shapes: what is asked of a device, and how its bytes are spread over descriptors. */
import type { DeviceKind } from '../models/setup.ts';
import type { Draw } from './draw.ts';
import { PLAIN_SHAPE, type BlockRange, type ChainShape, type Request } from './scenario.ts';

/** What the generators know of the implementation they draw for. */
export interface Surroundings {
  readonly device: DeviceKind;
  readonly legacy: boolean;
  readonly variant: string;
  /** Console with MULTIPORT. */
  readonly multiport: boolean;
  readonly readOnly: boolean;
  /** Capacity of the block device in sectors. */
  readonly capacity: number;
  /** Fields of the configuration space that the target declares, by name. */
  readonly limits: Readonly<Record<string, number | undefined>>;
  /** Host-side stimuli that the target offers. */
  readonly hostActions: readonly string[];
  /** Running a full ring tens of thousands of entries long is affordable. */
  readonly fast: boolean;
}

const BLK_TYPES = { in: 0, out: 1, flush: 4, getId: 8, lifetime: 10, discard: 11, writeZeroes: 13, secureErase: 14 };

/** A queue and a request that belongs on it. */
export interface Placed {
  readonly queue: number;
  readonly request: Request;
}

export function drawRequest(r: Draw, where: Surroundings): Placed {
  switch (where.device) {
    case 'rng':
      return {
        queue: 0,
        request: {
          kind: 'entropy',
          length: r.weighted([
            [3, r.int(8, 64)],
            [2, r.int(1, 7)],
            // In process also more than a device may fill at once.
            [1, r.int(65, where.fast ? 20_000 : 4096)],
          ]),
        },
      };
    case 'blk':
      return { queue: 0, request: drawBlock(r, where) };
    case 'console':
      return drawConsole(r, where);
  }
}

/** A request that any conforming device of the type completes at once and that costs little. */
export function cheapRequest(where: Surroundings, fill = 1): Placed {
  switch (where.device) {
    case 'rng':
      return { queue: 0, request: { kind: 'entropy', length: 16 } };
    case 'blk':
      return { queue: 0, request: { kind: 'blk', type: BLK_TYPES.in, sector: 0, sectors: 1, fill } };
    case 'console':
      return { queue: 1, request: { kind: 'console-out', length: 8, fill } };
  }
}

function drawBlock(r: Draw, where: Surroundings): Request {
  const last = where.capacity - 1;
  const sectors = r.weighted([
    [6, 1],
    [3, r.int(2, 4)],
    [1, r.int(5, 16)],
  ]);
  // Few different sectors, so that writes and later reads meet.
  const sector = r.weighted([
    [6, r.int(0, 7)],
    [2, r.int(0, Math.max(0, last - sectors))],
    [1, Math.max(0, last - sectors + 1)],
  ]);
  const fill = r.int(1, 250);
  const type = r.weighted([
    [8, BLK_TYPES.in],
    [8, BLK_TYPES.out],
    [2, BLK_TYPES.flush],
    [2, BLK_TYPES.getId],
    [2, BLK_TYPES.discard],
    [3, BLK_TYPES.writeZeroes],
    [1, BLK_TYPES.secureErase],
    [1, BLK_TYPES.lifetime],
    [1, r.int(15, 26)],
    [1, r.pick([2, 3, 9, 12, 27, 99, 0x01000000, 0x7fffffff])],
  ]);
  if (type === BLK_TYPES.discard || type === BLK_TYPES.writeZeroes || type === BLK_TYPES.secureErase) {
    return { kind: 'blk-ranges', type, ranges: r.times(1, r.chance(80) ? 1 : 3, () => drawRange(r, where)) };
  }
  if (type === BLK_TYPES.in || type === BLK_TYPES.out) {
    // Now and then beyond the end, wholly or partly.
    if (r.chance(4))
      return { kind: 'blk', type, sector: r.pick([last, last + 1, last + 1000, 2 ** 40]), sectors: 2, fill };
    return { kind: 'blk', type, sector, sectors, fill };
  }
  return { kind: 'blk', type, sector: 0, sectors: 0, fill };
}

function drawRange(r: Draw, where: Surroundings): BlockRange {
  const flags = r.weighted([
    [8, 0],
    [2, 1],
    [1, 2],
    [1, 0x8000_0000],
  ]);
  const sectors = r.int(1, 8);
  const sector = r.chance(95) ? r.int(0, 7) : where.capacity - 1;
  return { sector, sectors, flags };
}

/** Control events of a multiport console (5.3.6.2). */
export const CONTROL = { DeviceReady: 0, PortReady: 3, PortOpen: 6 };

function drawConsole(r: Draw, where: Surroundings): Placed {
  const port = where.multiport ? r.int(0, 1) : 0;
  const receive = port === 0 ? 0 : 2 * port + 2;
  if (where.multiport && r.chance(20)) {
    if (r.chance(50))
      return {
        queue: 2,
        request: {
          kind: 'control-in',
          length: r.weighted([
            [6, 64],
            [1, 8],
          ]),
        },
      };
    return {
      queue: 3,
      request: {
        kind: 'control-out',
        id: r.int(0, 1),
        event: r.pick([CONTROL.PortReady, CONTROL.PortOpen]),
        value: 1,
      },
    };
  }
  const length = r.weighted([
    [4, r.int(1, 32)],
    [1, r.int(33, 600)],
  ]);
  return r.chance(45)
    ? { queue: receive, request: { kind: 'console-in', length } }
    : { queue: receive + 1, request: { kind: 'console-out', length, fill: r.int(1, 250) } };
}

/** Cut points near what matters: header ends, sector ends, the status byte, one byte off either. */
function drawCuts(r: Draw, length: number): number[] {
  if (length < 2) return [];
  const wild = () => r.int(1, length - 1);
  const near = () => r.pick([1, 4, 8, 15, 16, 17, 511, 512, 513, 528, length - 1, length - 2]);
  return r.times(
    0,
    r.weighted([
      [6, 1],
      [3, 3],
      [1, 8],
    ]),
    () => (r.chance(60) ? near() : wild()),
  );
}

export function drawShape(r: Draw, request: Request): ChainShape {
  if (r.chance(30)) return request.kind === 'blk' && r.chance(80) ? blkShape(request) : PLAIN_SHAPE;
  const out = roughOut(request);
  const inward = roughIn(request);
  return {
    cutOut: drawCuts(r, out),
    cutIn: drawCuts(r, inward),
    // Direct descriptors before a table have a family of their own (indirect): too few devices get them right for
    // everything else to be tested through them.
    indirect: r.chance(50) ? 'none' : 'all',
    tableWrite: r.chance(30),
    skew: r.chance(60) ? 0 : r.int(1, 15),
    order: r.weighted([
      [4, 'up'],
      [2, 'down'],
      [2, 'scattered'],
    ] as const),
  };
}

/** How real drivers lay out a block request: header, data, status in descriptors of their own. */
export function blkShape(request: Extract<Request, { kind: 'blk' | 'blk-ranges' }>): ChainShape {
  if (request.kind === 'blk-ranges') return { ...PLAIN_SHAPE, cutOut: [16] };
  return { ...PLAIN_SHAPE, cutOut: [16], cutIn: request.type === 0 ? [request.sectors * 512] : [20] };
}

function roughOut(request: Request): number {
  switch (request.kind) {
    case 'blk':
      return 16 + (request.type === 1 ? 512 * request.sectors : 0);
    case 'blk-ranges':
      return 16 + 16 * request.ranges.length;
    case 'console-out':
      return request.length;
    case 'control-out':
      return 8;
    case 'raw':
      return request.out;
    default:
      return 0;
  }
}

function roughIn(request: Request): number {
  switch (request.kind) {
    case 'blk':
      return request.type === 0 ? 512 * request.sectors + 1 : request.type === 8 ? 21 : 1;
    case 'entropy':
    case 'console-in':
    case 'control-in':
      return request.length;
    case 'raw':
      return request.in;
    default:
      return 1;
  }
}
