/** For tests: the steps that exercises are made of. */
import type { HandDriver, Part } from '../device/hand-driver.ts';
import { Register } from '../device/registers.ts';

export const STATUS: Part = { length: 1, write: true };
export const data = (length: number, value: number): Part => ({ length, bytes: new Uint8Array(length).fill(value) });
export const room = (length: number): Part => ({ length, write: true });

export function header(d: HandDriver, type: number, sector = 0): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, type, d.little);
  view.setBigUint64(8, BigInt(sector), d.little);
  return new Uint8Array(view.buffer);
}

function segment(d: HandDriver, flags: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, 0n, d.little);
  view.setUint32(8, 1, d.little);
  view.setUint32(12, flags, d.little);
  return new Uint8Array(view.buffer);
}

export function control(d: HandDriver, id: number, event: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, id, d.little);
  view.setUint16(4, event, d.little);
  view.setUint16(6, value, d.little);
  return new Uint8Array(view.buffer);
}

/** Requests for whatever the device is, well-formed and in odd framings. */
export function requests(d: HandDriver): readonly (readonly Part[])[] {
  if (d.kind === 'rng') return [[room(16)], [room(3), room(40)], [room(1)]];
  if (d.kind === 'console')
    return [[data(5, 65)], [data(2, 66), data(3, 67)], [data(1, 1), data(1, 2), data(1, 3), data(9, 4)]];
  const blk = (type: number, ...rest: Part[]): Part[] => [{ length: 16, bytes: header(d, type) }, ...rest];
  const split = (type: number, ...rest: Part[]): Part[] => {
    const bytes = header(d, type, 7);
    return [{ length: 3, bytes: bytes.slice(0, 3) }, { length: 13, bytes: bytes.slice(3) }, ...rest];
  };
  const zeroes = (type: number, flags: number): Part[] => blk(type, { length: 16, bytes: segment(d, flags) }, STATUS);
  return [
    blk(1, data(512, 0x77), STATUS),
    blk(0, room(512), STATUS),
    blk(0, room(200), room(313)),
    split(1, data(500, 9), data(12, 8), STATUS),
    split(0, room(100), room(412), STATUS),
    split(0, ...[1, 2, 3, 250, 256, 1].map(room)),
    blk(4, STATUS),
    blk(8, room(20), STATUS),
    blk(10, room(6), STATUS),
    blk(99, STATUS),
    blk(16, room(64), STATUS),
    [{ length: 16, bytes: header(d, 1, 1 << 20) }, data(512, 3), STATUS],
    [{ length: 16, bytes: header(d, 0, 1 << 20) }, room(512), STATUS],
    zeroes(13, 1),
    blk(0, room(512), STATUS),
    zeroes(13, 0),
    blk(0, room(512), STATUS),
    ...[0, 1, 2].flatMap((flags) => [zeroes(11, flags), zeroes(14, flags)]),
    blk(0, { length: 0, write: true, address: 0 }, room(512), STATUS),
    blk(1, data(512, 0x33), STATUS),
  ];
}

/** Block: sectors around those that are cleared, one request of a kind at a time. */
export function clearing(d: HandDriver): void {
  if (d.kind !== 'blk') return;
  setUp(d, [13, 14]);
  const blk = (type: number, sector: number, ...rest: Part[]): void => {
    d.submit([{ length: 16, bytes: header(d, type, sector) }, ...rest, STATUS], 0);
    look(d);
  };
  for (const [type, flags] of [
    [11, 0],
    [13, 1],
    [13, 0],
  ]) {
    blk(1, 1, data(512, 0x55));
    blk(type, 0, { length: 16, bytes: segment(d, flags) });
    blk(0, 0, room(1024));
    lookAtConfig(d);
  }
}

export function look(d: HandDriver): void {
  const { InterruptStatus, Status, QueueReady, QueuePFN, QueueReset, ConfigGeneration } = Register;
  for (const offset of [InterruptStatus, Status, QueueReady, QueuePFN, QueueReset, ConfigGeneration]) d.read(offset);
  d.see(d.line);
}

export function lookAtConfig(d: HandDriver): void {
  for (let at = 0; at < 72; at++) d.readSized(0x100 + at, 1);
  for (let at = 0; at < 72; at += 2) d.readSized(0x100 + at, 2);
  for (let at = 0; at < 72; at += 4) d.readSized(0x100 + at, 4);
}

export function setUp(d: HandDriver, features: readonly number[], size = 8, align = 4096): void {
  // What is not offered is not accepted, as a driver should.
  const offered = d.offered();
  d.negotiate(...features.filter((bit) => (offered >> BigInt(bit)) & 1n));
  d.queue(0, size, align);
  for (let queue = 1; queue < d.queueCount(); queue++) d.queue(queue, size, align);
  look(d);
  d.live();
  look(d);
}

export function setUpWithoutFeatures(d: HandDriver): void {
  d.queue(0, 8);
  if (d.queueCount() > 1) d.queue(1, 8);
  d.live();
}

export function traffic(d: HandDriver): void {
  const queue = queueOf(d);
  for (const [i, parts] of requests(d).entries()) {
    // Every third request waits for the next one's notification.
    const chain = d.chain(parts, queue);
    d.expose(chain.head, queue);
    if (i % 3 !== 1) d.kick(queue);
    d.device.runPending();
    look(d);
    d.write(Register.InterruptACK, 1);
  }
  d.kick(queue);
  d.kick(queue);
  d.device.runPending();
  look(d);
  d.ack();
  if (d.kind === 'console') for (const byte of d.device.takeConsoleOutput(0)) d.see(byte);
}

export function indirect(d: HandDriver): void {
  const queue = queueOf(d);
  const ring = d.rings[queue];
  const six = [1, 2, 3, 4, 5, 6].map((length) => (d.kind === 'console' ? data(length, length) : room(length)));
  for (const parts of [...requests(d), six]) {
    for (const direct of [0, 1]) {
      const rest = parts.slice(direct);
      if (rest.length === 0) continue;
      const table = d.table(rest);
      const flags = 4 | (2 * direct);
      if (direct)
        d.describe(ring.desc, 1, {
          address: d.buffer(parts[0]),
          length: parts[0].length,
          flags: parts[0].write ? 3 : 1,
          next: 2,
        });
      d.describe(ring.desc, 1 + direct, { address: table.address, length: table.length, flags });
      d.expose(1, queue);
      d.kick(queue);
      look(d);
    }
  }
  // A table that is not filled in turn.
  if (d.kind === 'rng') return;
  const table = d.buffer({ length: 48 });
  const at = d.buffer({ length: 64, bytes: new Uint8Array(64).fill(65) });
  const write = d.kind === 'console' ? 0 : 2;
  d.describe(table, 0, { address: at, length: 16, flags: 1, next: 2 });
  d.describe(table, 1, { address: at, length: 1, flags: write });
  d.describe(table, 2, { address: at + 32, length: 16, flags: write });
  d.describe(ring.desc, 0, { address: table, length: 48, flags: 4 });
  d.expose(0, queue);
  d.kick(queue);
  look(d);
  for (const byte of d.device.takeConsoleOutput(0)) d.see(byte);
}

export function suppression(d: HandDriver): void {
  const queue = queueOf(d);
  const ring = d.rings[queue];
  const usedEvent = ring.avail + 4 + 2 * ring.size;
  for (let i = 0; i < 24; i++) {
    d.set16(ring.avail, (i >> 2) & 1);
    d.set16(usedEvent, (ring.next + (i % 3) - 1) & 0xffff);
    const [parts] = requests(d);
    // As a driver would: only where the device asks for it.
    const wanted = d.get16(ring.used + 4 + 8 * ring.size) === ring.next || d.get16(ring.used) === 0;
    d.expose(d.chain(parts, queue).head, queue);
    if (wanted || i % 5 === 4) d.kick(queue);
    look(d);
    d.ack();
    d.see(d.get16(ring.used));
    d.see(d.get16(ring.used + 4 + 8 * ring.size));
  }
}

/** The queue that requests go to. */
export const queueOf = (d: HandDriver): number => (d.kind === 'console' ? 1 : 0);
