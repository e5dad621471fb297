/** For tests: sessions of a driver and a host, honest and hostile, that together touch what the device defects touch. */
import type { HandDriver } from '../device/hand-driver.ts';
import type { EmulatorOptions } from '../device/options.ts';
import { Register } from '../device/registers.ts';
import { ATTACKS, attack, oddAccesses } from './exercise-attacks.ts';
import {
  clearing,
  control,
  data,
  indirect,
  look,
  lookAtConfig,
  queueOf,
  requests,
  room,
  setUp,
  setUpWithoutFeatures,
  suppression,
  traffic,
} from './exercise-steps.ts';

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

/** The host resizes a console that has introduced its port; buffers for what it says of that come last. */
function resizing(d: HandDriver): void {
  setUp(d, [0, 1]);
  if (!d.rings[3]) return;
  for (const event of [0, 3]) d.submit([{ length: 8, bytes: control(d, 0, event, 1) }], 3);
  d.device.resizeConsole(90, 33);
  for (let i = 0; i < 8; i++) d.submit([room(64)], 2);
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
  { name: 'resizing, multiport', options: { ports: 2 }, run: resizing },
  { name: 'clearing sectors', run: clearing },
  { name: 'wear metrics', options: { wearMetrics: true }, run: (d) => (setUp(d, [15]), traffic(d)) },
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
