/** For tests: sessions of a driver and a host, honest and hostile, that together touch what the device defects touch. */
import { HandDriver, type Part, type Ring } from '../device/hand-driver.ts';
import type { EmulatorOptions } from '../device/options.ts';
import { Register } from '../device/registers.ts';

export interface Exercise {
  readonly name: string;
  readonly options?: Partial<EmulatorOptions>;
  /** Runs only for defects that need more than 65536 buffers. */
  readonly long?: boolean;
  readonly run: (d: HandDriver) => void;
}

const FEATURE_SETS: readonly (readonly number[])[] = [
  [],
  [29],
  [28],
  [28, 29, 35, 40, 43],
  [11],
  [24],
  [9, 11, 13, 14, 16],
];

function header(d: HandDriver, type: number, sector = 0): Uint8Array {
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

function control(d: HandDriver, id: number, event: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, id, d.little);
  view.setUint16(4, event, d.little);
  view.setUint16(6, value, d.little);
  return new Uint8Array(view.buffer);
}

const STATUS: Part = { length: 1, write: true };
const data = (length: number, value: number): Part => ({ length, bytes: new Uint8Array(length).fill(value) });
const room = (length: number): Part => ({ length, write: true });

/** Requests for whatever the device is, well-formed and in odd framings. */
function requests(d: HandDriver): readonly (readonly Part[])[] {
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

const queueOf = (d: HandDriver): number => (d.kind === 'console' ? 1 : 0);

function look(d: HandDriver): void {
  const { InterruptStatus, Status, QueueReady, QueuePFN, QueueReset, ConfigGeneration } = Register;
  for (const offset of [InterruptStatus, Status, QueueReady, QueuePFN, QueueReset, ConfigGeneration]) d.read(offset);
  d.see(d.line);
}

function lookAtConfig(d: HandDriver): void {
  for (let at = 0; at < 72; at++) d.readSized(0x100 + at, 1);
  for (let at = 0; at < 72; at += 2) d.readSized(0x100 + at, 2);
  for (let at = 0; at < 72; at += 4) d.readSized(0x100 + at, 4);
}

function setUp(d: HandDriver, features: readonly number[], size = 8, align = 4096): void {
  // What is not offered is not accepted, as a driver should.
  const offered = d.offered();
  d.negotiate(...features.filter((bit) => (offered >> BigInt(bit)) & 1n));
  d.queue(0, size, align);
  for (let queue = 1; queue < d.queueCount(); queue++) d.queue(queue, size, align);
  look(d);
  d.live();
  look(d);
}

function traffic(d: HandDriver): void {
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

function indirect(d: HandDriver): void {
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

function suppression(d: HandDriver): void {
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

function hostActions(d: HandDriver): void {
  const step = (action: () => void): void => {
    action();
    for (const queue of [0, 2]) if (d.rings[queue]) for (let i = 0; i < 3; i++) d.submit([room(1), room(40)], queue);
    look(d);
    d.readSized(0x100, 4);
    d.readSized(0x100, 4);
    d.write(Register.InterruptACK, 1);
    look(d);
    d.write(Register.InterruptACK, 2);
    look(d);
  };
  if (d.rings[3]) {
    const send = (id: number, event: number, value: number): void => {
      d.submit([{ length: 8, bytes: control(d, id, event, value) }], 3);
    };
    step(() => send(0, 0, 1));
    step(() => send(1, 3, 1));
    step(() => d.device.port(1, 'remove'));
    step(() => d.device.port(1, 'add'));
    d.submit([data(4, 50)], 5);
    for (const byte of d.device.takeConsoleOutput(1)) d.see(byte);
  }
  step(() => d.device.resizeDisk(77));
  step(() => d.device.resizeConsole(90, 33));
  step(() => d.device.consoleInput(0, Uint8Array.of(1, 2, 3)));
  d.device.resizeDisk(78);
  d.device.resizeConsole(91, 34);
  d.device.resizeDisk(79);
  d.device.resizeConsole(92, 35);
  look(d);
  d.submit(requests(d)[0], queueOf(d));
  d.write(Register.InterruptACK, 1);
  look(d);
  d.device.breakDevice();
  look(d);
  setUp(d, []);
  traffic(d);
}

const ATTACKS: ((d: HandDriver, ring: Ring, at: number) => void)[] = [
  (d, r, at) => d.describe(r.desc, 0, { address: at, length: 4, flags: 3, next: 0 }),
  (d, r, at) => d.describe(r.desc, 0, { address: at, length: 4, flags: 3, next: 700 }),
  (d, r) => d.describe(r.desc, 0, { address: 0x1234_5678, length: 16, flags: 2 }),
  (d, r) => d.describe(r.desc, 0, { address: 0x1234_5678, length: 0, flags: 2 }),
  (d, r, at) => {
    d.describe(r.desc, 0, { address: at, length: 513, flags: 3, next: 1 });
    d.describe(r.desc, 1, { address: at + 600, length: 16, flags: 0 });
  },
  (d) => d.expose(700, queueOf(d)),
  (d, r) => d.set16(r.avail + 2, 900),
  (d, r, at) => {
    d.describe(at, 0, { address: at, length: 16, flags: 4 });
    d.describe(r.desc, 0, { address: at, length: 16, flags: 4 });
  },
  (d, r, at) => d.describe(r.desc, 0, { address: at, length: 17, flags: 4 }),
];

function attack(d: HandDriver, how: number): void {
  setUp(d, [28]);
  const ring = d.rings[queueOf(d)];
  // A block request whose parts follow what the attack put into descriptor 0.
  ATTACKS[how](d, ring, d.buffer({ length: 700, bytes: header(d, 0) }));
  if (d.get16(ring.avail + 2) === 0) d.expose(0, queueOf(d));
  d.kick(queueOf(d));
  look(d);
  setUp(d, []);
  traffic(d);
}

function oddAccesses(d: HandDriver): void {
  setUp(d, []);
  d.kick(9);
  d.readSized(0x61, 1);
  d.readSized(0x3000, 4);
  d.write(Register.MagicValue, 1);
  d.write(Register.QueueSel, 99);
  for (const offset of [Register.QueueSizeMax, Register.QueueReady]) d.read(offset);
  const queue = queueOf(d);
  d.write(Register.QueueSel, queue);
  d.write(d.legacy ? Register.QueuePFN : Register.QueueReady, 0);
  d.submit(requests(d)[0], queue);
  look(d);
  d.write(Register.QueueSel, 0);
  d.write(d.legacy ? Register.QueuePFN : Register.QueueReady, 0);
  d.write(Register.QueueSize, 0);
  if (d.legacy) {
    d.queue(0, 8, 4096);
    d.write(Register.QueuePFN, 0);
    d.write(Register.QueueAlign, 0);
    d.write(Register.QueuePFN, d.rings[0].desc / 4096);
  } else d.place(0, { ...d.rings[0], used: 16 });
  d.kick();
  look(d);
}

function early(d: HandDriver): void {
  for (let offset = 0; offset < 0x100; offset += 4) d.read(offset);
  lookAtConfig(d);
  d.device.writeRegister(0x108, 4, 0x0102_0341);
  d.device.writeRegister(0x120, 1, 0);
  lookAtConfig(d);
  for (const byte of d.device.takeConsoleOutput(0)) d.see(byte);
  for (let window = 0; window < 6; window++) {
    d.write(Register.DeviceFeaturesSel, window);
    d.read(Register.DeviceFeatures);
  }
  for (let queue = 0; queue < 4; queue++) {
    d.write(Register.QueueSel, queue);
    d.read(Register.QueueSizeMax);
  }
  d.write(Register.QueueSel, 0);
  d.write(Register.Status, 1);
  look(d);
  d.negotiate();
  look(d);
  d.queue(0, 8);
  if (d.queueCount() > 1) d.queue(1, 8);
  d.submit(requests(d)[0], queueOf(d));
  d.write(Register.Status, d.read(Register.Status) | 16);
  look(d);
  d.live();
  lookAtConfig(d);
  look(d);
  d.submit(requests(d)[0], queueOf(d));
  d.write(Register.Status, 0);
  look(d);
  // The queue is set up and not ready; nobody may touch it.
  d.negotiate();
  const queue = queueOf(d);
  const ring = d.queue(queue, 8);
  d.write(d.legacy ? Register.QueuePFN : Register.QueueReady, 0);
  look(d);
  if (!d.legacy) d.write(Register.QueueDeviceLow, ring.used);
  d.live();
  d.submit(requests(d)[0], queue);
  look(d);
}

function choices(d: HandDriver): void {
  const offered = d.offered();
  const all = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (offered >> BigInt(bit)) & 1n);
  const sets = [all, all, [], [29], all.filter((bit) => bit !== 29), [0, 20], [44], [50], [63], all];
  for (const set of sets) {
    d.negotiate(...set);
    look(d);
  }
  // Taken back before FEATURES_OK.
  d.negotiate();
  d.write(Register.Status, 0);
  d.write(Register.Status, 3);
  d.accept((1n << 32n) | (1n << 29n));
  d.accept(1n << 32n);
  d.write(Register.Status, 11);
  look(d);
  setUpWithoutFeatures(d);
  suppression(d);
  setUp(d, []);
  suppression(d);
  setUp(d, [29]);
  d.write(Register.Status, 0);
  d.write(Register.Status, 3);
  if (d.legacy) {
    setUpWithoutFeatures(d);
    suppression(d);
  }
  setUp(d, []);
  suppression(d);
}

function setUpWithoutFeatures(d: HandDriver): void {
  d.queue(0, 8);
  if (d.queueCount() > 1) d.queue(1, 8);
  d.live();
}

function underWay(d: HandDriver, end: () => void): void {
  setUp(d, [40, 43]);
  const queue = queueOf(d);
  for (let i = 0; i < 3; i++) d.submit(requests(d)[0].slice(), queue);
  d.write(Register.QueueSel, queue);
  end();
  look(d);
  d.device.runPending();
  look(d);
  d.ack();
  d.write(Register.Status, 31);
  look(d);
  d.device.runPending();
  look(d);
}

function suspend(d: HandDriver, features: readonly number[]): void {
  setUp(d, [43, ...features]);
  traffic(d);
  const queue = queueOf(d);
  d.write(Register.Status, 31);
  look(d);
  d.device.writeRegister(0x108, 4, 65);
  d.device.writeRegister(0x120, 1, 0);
  lookAtConfig(d);
  for (const byte of d.device.takeConsoleOutput(0)) d.see(byte);
  d.device.resizeDisk(99);
  d.device.resizeConsole(99, 9);
  look(d);
  lookAtConfig(d);
  d.submit(requests(d)[0], queue);
  look(d);
  d.ack();
  d.write(Register.Status, 31);
  look(d);
  d.ack();
  d.submit(requests(d)[0], queue);
  look(d);
}

function queueReset(d: HandDriver): void {
  setUp(d, [40]);
  const queue = queueOf(d);
  traffic(d);
  d.write(Register.QueueSel, queue);
  d.write(Register.QueueReset, 1);
  look(d);
  d.expose(d.chain(requests(d)[0], queue).head, queue);
  d.kick(queue);
  look(d);
  // Enabled again without writing anything: the defaults are no ring at all.
  d.write(Register.QueueReady, 1);
  d.kick(queue);
  look(d);
  setUp(d, [40]);
  traffic(d);
  d.write(Register.QueueSel, queue);
  d.write(Register.QueueReset, 1);
  d.queue(queue, 4);
  look(d);
  for (let i = 0; i < 6; i++) d.submit(requests(d)[0], queue);
  look(d);
  d.write(Register.Status, 0);
  look(d);
}

function wrap(d: HandDriver, features: readonly number[]): void {
  setUp(d, features);
  const queue = queueOf(d);
  const ring = d.rings[queue];
  const { head } = d.chain(requests(d)[0], queue);
  for (let i = 0; i < 65536 + 16; i++) {
    d.set16(ring.avail + 4 + 2 * ring.size, i === 65534 ? 1 : 65535);
    d.expose(head, queue);
    if (i % 4 === 3 || i === 65534) d.kick(queue);
    if (i % 4096 === 0) d.device.takeConsoleOutput(0);
  }
  look(d);
}

export const exercises: readonly Exercise[] = [
  { name: 'early accesses', run: early },
  { name: 'choices of features', run: choices },
  { name: 'odd accesses', run: oddAccesses },
  ...FEATURE_SETS.map((features) => ({
    name: `traffic with ${features.join()}`,
    run: (d: HandDriver) => {
      setUp(d, features);
      lookAtConfig(d);
      for (let round = 0; round < 8; round++) traffic(d);
      setUp(d, features, 16, 64);
      traffic(d);
      if (features.includes(28)) indirect(d);
      setUp(d, features);
      suppression(d);
    },
  })),
  { name: 'used_event across the alignment', run: (d) => (setUp(d, [], 4, 4), suppression(d)) },
  {
    name: 'small pages',
    run: (d) => {
      d.pageSize = 1024;
      setUp(d, []);
      traffic(d);
    },
  },
  {
    name: 'writes before DRIVER_OK',
    run: (d) => {
      d.negotiate(...(d.kind === 'blk' ? [9, 11] : []));
      d.device.writeRegister(0x108, 4, 0x41);
      d.device.writeRegister(0x120, 1, 0);
      lookAtConfig(d);
      for (const byte of d.device.takeConsoleOutput(0)) d.see(byte);
    },
  },
  {
    name: 'data after a reset',
    run: (d) => {
      setUp(d, []);
      traffic(d);
      setUp(d, []);
      d.submit(requests(d)[1 % requests(d).length], queueOf(d));
    },
  },
  { name: 'host actions', run: (d) => (setUp(d, []), hostActions(d)) },
  { name: 'host actions, multiport', options: { ports: 2 }, run: (d) => (setUp(d, [0, 1]), hostActions(d)) },
  { name: 'read-only', options: { readOnly: true }, run: (d) => (setUp(d, []), traffic(d)) },
  ...ATTACKS.map((_, how) => ({ name: `attack ${how}`, run: (d: HandDriver) => attack(d, how) })),
  { name: 'suspend', run: (d) => suspend(d, []) },
  { name: 'suspend with EVENT_IDX', run: (d) => suspend(d, [29]) },
  { name: 'suspend with CONFIG_WCE', run: (d) => suspend(d, [9, 11]) },
  { name: 'queue reset', run: queueReset },
  ...(['lifo', 'fifo'] as const).flatMap((completion): Exercise[] => [
    { name: `${completion} traffic`, options: { completion }, run: (d) => (setUp(d, [35]), traffic(d)) },
    {
      name: `${completion} batches`,
      options: { completion },
      run: (d) => {
        setUp(d, [35]);
        for (let i = 0; i < 3; i++) d.expose(d.chain([requests(d)[0][0]], queueOf(d)).head, queueOf(d));
        d.kick(queueOf(d));
        d.device.runPending();
        look(d);
      },
    },
    {
      name: `${completion} reset`,
      options: { completion },
      run: (d) => underWay(d, () => d.write(Register.Status, 0)),
    },
    {
      name: `${completion} suspend`,
      options: { completion },
      run: (d) => underWay(d, () => d.write(Register.Status, 31)),
    },
    {
      name: `${completion} queue reset`,
      options: { completion },
      run: (d) => underWay(d, () => d.write(Register.QueueReset, 1)),
    },
  ]),
  { name: 'index wrap', long: true, run: (d) => wrap(d, []) },
  { name: 'index wrap with EVENT_IDX', long: true, run: (d) => wrap(d, [29]) },
];
