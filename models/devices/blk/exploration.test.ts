/** All interleavings of a few requests on a tiny disk: an ideal device is never accused, and broken ones are caught. */
import { describe, expect, it } from 'vitest';
import { Report } from '../../report.ts';
import type { FakeChain } from '../testing/fake-chain.ts';
import { Bench, filled } from '../testing/blk-bench.ts';
import { RequestType, Status } from './constants.ts';

/** One for all runs: it is big. */
const report = new Report();

interface Op {
  readonly type: number;
  readonly sector: number;
  readonly data?: Uint8Array;
}

const read = (sector: number): Op => ({ type: RequestType.IN, sector });
const write = (sector: number, byte: number): Op => ({ type: RequestType.OUT, sector, data: filled(byte) });
const zero = (sector: number): Op => ({ type: RequestType.WRITE_ZEROES, sector });
const FLUSH: Op = { type: RequestType.FLUSH, sector: 0 };
const OPS = [read(0), read(1), write(0, 1), write(0, 2), write(1, 1), zero(0), FLUSH];

/** A disk whose requests take effect at once, at a moment between exposure and completion. */
class IdealDisk {
  sectors = [filled(7), filled(8)];
  /** What was on the disk when it was last flushed. */
  durable = [...this.sectors];

  perform(op: Op): Uint8Array | undefined {
    switch (op.type) {
      case RequestType.IN:
        return this.sectors[op.sector];
      case RequestType.OUT:
        this.sectors[op.sector] = op.data!;
        return undefined;
      case RequestType.WRITE_ZEROES:
        this.sectors[op.sector] = filled(0);
        return undefined;
      default:
        this.durable = [...this.sectors];
        return undefined;
    }
  }
}

/** Every order of `counts.length` requests' moments 0 (exposed), 1 (takes effect), 2 (completed). */
function* interleavings(requests: number, moments = Array<number>(requests).fill(0)): Generator<number[]> {
  if (moments.every((moment) => moment === 3)) yield [];
  for (let i = 0; i < requests; i++) {
    // Requests are numbered in the order of their exposure; other numberings are other tuples of requests.
    if (moments[i] === 3 || (i > 0 && moments[i - 1] === 0)) continue;
    moments[i]++;
    for (const rest of interleavings(requests, moments)) yield [i, ...rest];
    moments[i]--;
  }
}

function* tuples(ops: readonly Op[], length: number): Generator<Op[]> {
  if (length === 0) yield [];
  else for (const op of ops) for (const rest of tuples(ops, length - 1)) yield [op, ...rest];
}

function expose(bench: Bench, op: Op): FakeChain {
  if (op.type === RequestType.WRITE_ZEROES) return bench.expose(op.type, 0, bench.segment(op.sector, 1));
  return bench.expose(op.type, op.sector, op.data ?? (op.type === RequestType.IN ? 512 : 0));
}

/** Performs requests in an order, then reads both sectors, and returns what the model said. */
function run(disk: IdealDisk, ops: readonly Op[], order: readonly number[]): string[] {
  const bench = new Bench({ report });
  bench.write(0, disk.sectors[0]);
  bench.write(1, disk.sectors[1]);
  const chains: FakeChain[] = [];
  const moments = ops.map(() => 0);
  const results: (Uint8Array | undefined)[] = [];
  for (const i of order) {
    const moment = moments[i]++;
    if (moment === 0) chains[i] = expose(bench, ops[i]);
    else if (moment === 1) results[i] = disk.perform(ops[i]);
    else bench.finish(chains[i], Status.OK, results[i]);
  }
  for (const sector of [0, 1]) bench.read(sector, disk.perform(read(sector))!);
  return bench.take();
}

function explore(makeDisk: () => IdealDisk, ops: readonly Op[], requests: number): Set<string> {
  const orders = [...interleavings(requests)];
  const found = new Set<string>();
  for (const tuple of tuples(ops, requests)) {
    for (const order of orders) for (const id of run(makeDisk(), tuple, order)) found.add(id);
  }
  return found;
}

describe('exploration', () => {
  it('never accuses an ideal disk with two requests in flight', () => {
    expect([...explore(() => new IdealDisk(), OPS, 2)]).toEqual([]);
  });

  it('never accuses an ideal disk with three requests in flight for one sector', () => {
    expect([...explore(() => new IdealDisk(), [read(0), write(0, 1), zero(0)], 3)]).toEqual([]);
  });

  const mutants: Record<string, { perform: (disk: IdealDisk, op: Op) => Uint8Array | undefined; clause: string }> = {
    'loses a write': {
      perform: (disk, op) => (op.type === RequestType.OUT ? undefined : IdealDisk.prototype.perform.call(disk, op)),
      clause: 'untagged.blk.2',
    },
    'writes to the neighbour': {
      perform: (disk, op) =>
        IdealDisk.prototype.perform.call(disk, op.data === undefined ? op : { ...op, sector: 1 - op.sector }),
      clause: 'untagged.blk.2',
    },
    'reads the neighbour': {
      perform: (disk, op) =>
        IdealDisk.prototype.perform.call(disk, op.type === RequestType.IN ? read(1 - op.sector) : op),
      clause: 'untagged.blk.2',
    },
    'invents a byte': {
      perform: (disk, op) => {
        const bytes = IdealDisk.prototype.perform.call(disk, op)?.slice();
        if (bytes !== undefined) bytes[511] ^= 0x40;
        return bytes;
      },
      clause: 'untagged.blk.2',
    },
    'leaves zeroed sectors alone': {
      perform: (disk, op) =>
        op.type === RequestType.WRITE_ZEROES ? undefined : IdealDisk.prototype.perform.call(disk, op),
      clause: 'blk.device.device-operation.9',
    },
  };
  for (const [name, { perform, clause }] of Object.entries(mutants)) {
    it(`catches a disk that ${name}`, () => {
      const make = (): IdealDisk => {
        const disk = new IdealDisk();
        disk.perform = (op) => perform(disk, op);
        return disk;
      };
      expect(explore(make, OPS, 2)).toContain(clause);
    });
  }

  /** Two requests one after the other or together, a reset that loses the volatile cache, and both sectors read. */
  function acrossReset(
    ops: readonly Op[],
    order: readonly number[],
    durable: (disk: IdealDisk) => Uint8Array[],
  ): string[] {
    const bench = new Bench({ report });
    const disk = new IdealDisk();
    for (const sector of [0, 1]) bench.write(sector, disk.sectors[sector]);
    bench.flush();
    const chains: FakeChain[] = [];
    const moments = ops.map(() => 0);
    for (const i of order) {
      const moment = moments[i]++;
      if (moment === 0) chains[i] = expose(bench, ops[i]);
      else if (moment === 1) chains[i].in.set(disk.perform(ops[i]) ?? []);
      else bench.finish(chains[i], Status.OK);
    }
    bench.reset();
    disk.sectors = durable(disk);
    for (const sector of [0, 1]) bench.read(sector, disk.sectors[sector]);
    return bench.take();
  }

  it('allows a reset to lose what was not flushed, and nothing else', () => {
    const orders = [...interleavings(2)];
    const accused = new Set<string>();
    const caught = new Set<string>();
    for (const ops of tuples(OPS, 2)) {
      for (const order of orders) {
        for (const id of acrossReset(ops, order, (disk) => disk.durable)) accused.add(id);
        for (const id of acrossReset(ops, order, () => [filled(9), filled(8)])) caught.add(id);
      }
    }
    expect([...accused]).toEqual([]);
    expect([...caught]).toEqual(['blk.device.device-operation.13']);
  });
});
