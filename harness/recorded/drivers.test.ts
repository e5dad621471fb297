/** Recorded drivers, conforming and each broken in one way: every fault is caught under the clause it breaks. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ClauseId } from '../../models/clauses/catalogue.ts';
import type { RecordedDeviceResult } from '../result.ts';
import { judgeStream, type JudgeOptions } from './judge.ts';
import { legacyDriver, LEGACY, modernDriver, MODERN, qemuLog, qtestLog, BASE } from './testing/notation.ts';

async function judged(text: string, options?: JudgeOptions): Promise<RecordedDeviceResult> {
  const { devices } = await judgeStream('test', Readable.from([Buffer.from(text)]), options);
  expect(devices).toHaveLength(1);
  return devices[0];
}

/** The clauses that the driver broke, without those that only stand for others. */
const broken = (device: RecordedDeviceResult): string[] => device.mistakes.map(({ clause }) => clause ?? '');
const verdictOf = (device: RecordedDeviceResult, id: ClauseId): string =>
  device.clauses.find((clause) => clause.id === id)!.verdict;

const { PROBE, RESET, OFFER, SELECT, FEATURES_OK, QUEUE, WORK, STOP } = MODERN;

describe('a conforming driver', () => {
  it.each([
    ['modern', qemuLog(modernDriver()), 'mmio-v2'],
    ['legacy', qemuLog(legacyDriver()), 'mmio-v1'],
    ['that attaches twice', qemuLog(`${modernDriver()} ${modernDriver({ PROBE: '' })}`), 'mmio-v2'],
    ['of a big-endian CPU', qtestLog(modernDriver({ WORK: 'W070=f R070=f' }), BASE, true), 'mmio-v2'],
  ])('%s breaks nothing', async (_, text, transport) => {
    const device = await judged(text);
    expect({ ...device, broken: broken(device) }).toMatchObject({
      broken: [],
      name: 'blk',
      transport,
      begunInUse: false,
    });
    expect(device.totals).toMatchObject({ fail: 0, warn: 0 });
    expect(device.totals.pass).toBeGreaterThan(25);
  });
});

/** One fault each: what the driver does, and every clause that it then breaks. */
const MODERN_FAULTS: Record<string, readonly [steps: string, ...clauses: string[]]> = {
  'never reads MagicValue': [modernDriver({ PROBE: 'R004=2 R008=2' }), 'mmio.driver.device-initialization.1'],
  'never reads DeviceID': [modernDriver({ PROBE: 'R000=74726976 R004=2' }), 'mmio.driver.device-initialization.2'],
  'goes on although MagicValue is wrong': [
    modernDriver({ PROBE: 'R000=74726977 R004=2 R008=2' }),
    'mmio.driver.register-layout.6',
  ],
  'goes on although Version is 3': [
    modernDriver({ PROBE: 'R000=74726976 R004=3 R008=2' }),
    'mmio.driver.register-layout.8',
  ],
  'goes on although DeviceID is 0': [
    `R000=74726976 R004=2 R008=0 ${RESET}`,
    'mmio.driver.device-initialization.4',
    'mmio.driver.device-initialization.3',
    'mmio.driver.register-layout.10',
  ],
  'reads VendorID although DeviceID is 0': [
    'R000=74726976 R004=2 R008=0 R00c=554d4551',
    'mmio.driver.device-initialization.4',
    'mmio.driver.device-initialization.3',
    'mmio.driver.register-layout.10',
  ],
  'does not reset first': [modernDriver({ RESET: 'R070=0 W070=1 W070=3' }), 'init.driver.device-initialization.1.a'],
  'does not wait for the reset': [modernDriver({ RESET: 'W070=0 W070=1 W070=3' }), 'basic.driver.device-reset.1'],
  'forgets ACKNOWLEDGE': [
    modernDriver({ RESET: 'W070=0 R070=0 W070=2', FEATURES_OK: 'W070=a R070=a', WORK: 'W070=e', CONFIG: '', STOP: '' }),
    'init.driver.device-initialization.1.b',
  ],
  'forgets DRIVER': [`${PROBE} W070=0 R070=0 W070=1 ${OFFER} ${SELECT}`, 'init.driver.device-initialization.1.c'],
  'clears a status bit': [`${PROBE} ${RESET} W070=1`, 'basic.driver.device-status-field.2'],
  'goes on after FAILED': [`${PROBE} ${RESET} W070=83 R070=83 W070=8b`, 'basic.driver.device-status-field.3'],
  'accepts a feature that is not offered': [
    modernDriver({ SELECT: 'W024=1 W020=1 W024=0 W020=30000a55' }),
    'basic.driver.feature-bits.1',
  ],
  'accepts features without reading the offer': [modernDriver({ OFFER: '' }), 'init.driver.device-initialization.1.d'],
  'accepts a bit that no driver can know': [
    modernDriver({ OFFER: 'W014=1 R010=80000101 W014=0 R010=30000e54', SELECT: 'W024=1 W020=80000001' }),
    'basic.driver.feature-bits.5',
    'basic.driver.feature-bits.4',
    'basic.driver.feature-bits.3',
  ],
  'does not accept VERSION_1': [
    modernDriver({ SELECT: 'W024=1 W020=0 W024=0 W020=30000a54' }),
    'reserved.driver.reserved-feature-bits.1',
  ],
  'reads features without selecting a window': [
    modernDriver({ OFFER: `R010=0 ${OFFER}` }),
    'mmio.driver.register-layout.12',
  ],
  'writes features without selecting a window': [
    modernDriver({ SELECT: 'W020=30000a54' }),
    'mmio.driver.register-layout.13',
  ],
  'adds a feature after FEATURES_OK': [
    modernDriver({ FEATURES_OK: 'W070=b R070=b W024=0 W020=30000a14' }),
    'init.driver.device-initialization.4',
  ],
  'forgets FEATURES_OK': [
    modernDriver({ FEATURES_OK: '', QUEUE: '', CONFIG: '', WORK: 'W070=7' }),
    'init.driver.device-initialization.1.e',
  ],
  'does not read FEATURES_OK back': [
    modernDriver({ FEATURES_OK: 'W070=b', QUEUE: '', CONFIG: '', WORK: 'W070=f' }),
    'init.driver.device-initialization.1.f',
  ],
  'goes on although FEATURES_OK was refused': [
    modernDriver({ FEATURES_OK: 'W070=b R070=3', QUEUE: '', CONFIG: '', WORK: 'W070=7' }),
    'init.driver.device-initialization.6',
  ],
  'sets up a queue before FEATURES_OK': [
    `${PROBE} ${RESET} ${OFFER} ${SELECT} ${QUEUE}`,
    'init.driver.device-initialization.1.g',
  ],
  'sets up a queue after DRIVER_OK': [
    modernDriver({ QUEUE: '', WORK: `W070=f ${QUEUE}` }),
    'init.driver.device-initialization.1.h',
  ],
  'writes configuration before FEATURES_OK': [
    modernDriver({ OFFER: `${OFFER} W120.1=0`, CONFIG: '' }),
    'init.driver.device-initialization.3',
  ],
  'notifies before DRIVER_OK': [modernDriver({ WORK: 'W050=0 W070=f' }), 'init.driver.device-initialization.7'],
  'notifies a queue that is not there': [modernDriver({ WORK: 'W070=f W050=3' }), 'untagged.mmio.17'],
  'notifies with no index of a queue': [modernDriver({ WORK: 'W070=f W050=10000' }), 'untagged.mmio.11'],
  'makes a queue larger than it may be': [
    modernDriver({ QUEUE: QUEUE.replace('W038=400', 'W038=800'), WORK: 'W070=f' }),
    'mmio.driver.register-layout.14',
  ],
  'makes a queue of an odd size': [
    modernDriver({ QUEUE: QUEUE.replace('W038=400', 'W038=3ff'), WORK: 'W070=f' }),
    'untagged.split.1',
  ],
  'enables a queue without its size': [
    modernDriver({ QUEUE: QUEUE.replace('W038=400 ', ''), WORK: 'W070=f' }),
    'untagged.mmio.13',
  ],
  'enables a queue that does not exist': [
    modernDriver({ QUEUE: QUEUE.replace('R034=400', 'R034=0').replace('W038=400', 'W038=0'), WORK: 'W070=f' }),
    'untagged.mmio.13',
  ],
  'enables a queue without all its addresses': [
    modernDriver({ QUEUE: QUEUE.replace('W0a4=0 ', ''), WORK: 'W070=f' }),
    'untagged.mmio.13',
  ],
  'enables a queue that is not aligned': [
    modernDriver({ QUEUE: QUEUE.replace('W080=2a50000', 'W080=2a50008'), WORK: 'W070=f' }),
    'split.driver.virtqueues.1',
  ],
  'changes a queue that is in use': [modernDriver({ WORK: 'W070=f W038=200' }), 'mmio.driver.register-layout.15'],
  'does not read QueueReady back': [
    modernDriver({ WORK: 'W070=f', STOP: 'W044=0 W044=1' }),
    'mmio.driver.register-layout.17',
    'init.driver.device-initialization.1.h',
  ],
  'reads a write-only register': [modernDriver({ WORK: 'R038=0 W070=f' }), 'mmio.driver.register-layout.3'],
  'writes a read-only register': [modernDriver({ WORK: 'W034=1 W070=f' }), 'mmio.driver.register-layout.2'],
  'touches what is no register': [modernDriver({ WORK: 'R0f0=0 W070=f' }), 'mmio.driver.register-layout.1'],
  'reads a register byte by byte': [modernDriver({ WORK: 'R060.1=0 W070=f' }), 'mmio.driver.register-layout.4'],
  'reads configuration in pieces that are no fields': [
    modernDriver({ CONFIG: 'R102.2=0' }),
    'mmio.driver.register-layout.5',
  ],
  'reads a field whose feature is not offered': [
    modernDriver({
      OFFER: 'W014=1 R010=101 W014=0 R010=30000a14',
      SELECT: 'W024=1 W020=1 W024=0 W020=30000a14',
      CONFIG: 'R114=200',
    }),
    'basic.driver.device-configuration-space.3',
  ],
  'reads a wide field without ConfigGeneration before': [
    modernDriver({ CONFIG: 'R100=800 R104=0 R0fc=0' }),
    'basic.driver.device-configuration-space.2',
  ],
  'reads a wide field without ConfigGeneration after': [
    modernDriver({ CONFIG: 'R0fc=0 R100=800 R104=0' }),
    'basic.driver.device-configuration-space.2',
  ],
  'reads writeback before FEATURES_OK': [
    modernDriver({ OFFER: `${OFFER} R120.1=1`, CONFIG: '' }),
    'blk.driver.device-initialization.4',
  ],
  'uses the shared-memory registers': [modernDriver({ CONFIG: 'W0ac=0' }), 'mmio.driver.device-initialization.5'],
  'acknowledges what it has not seen': [
    modernDriver({ WORK: 'W070=f W050=0 R060=1 W064=3' }),
    'mmio.driver.register-layout.19',
  ],
  'acknowledges without reading InterruptStatus': [
    modernDriver({ WORK: 'W070=f W050=0 I1 W064=1 I0' }),
    'mmio.driver.notifications-from-the-device.1',
  ],
  'acknowledges undefined bits': [
    modernDriver({ WORK: 'W070=f W050=0 R060=5 W064=5' }),
    'mmio.driver.register-layout.20',
    'mmio.driver.register-layout.18',
  ],
  'never acknowledges': [
    modernDriver({ WORK: `W070=f ${Array<string>(20).fill('R060=1').join(' ')}` }),
    'mmio.driver.notifications-from-the-device.3',
  ],
  'sets SUSPEND without the feature': [modernDriver({ WORK: 'W070=1f' }), 'init.driver.device-suspend.1'],
};

describe('a modern driver that', () => {
  it.each(Object.entries(MODERN_FAULTS))('%s', async (_, [steps, ...clauses]) => {
    const device = await judged(qemuLog(steps));
    expect(broken(device)).toEqual(clauses);
    for (const id of clauses) expect(verdictOf(device, id as ClauseId)).toMatch(/fail|warn/);
    expect(device.mistakes[0].occurrences[0].line).toBeGreaterThan(0);
  });
});

const LEGACY_FAULTS: Record<string, readonly [steps: string, ...clauses: string[]]> = {
  'forgets GuestPageSize': [
    legacyDriver({ LEGACY_PROBE: 'R000=74726976 R004=1 R008=2', LEGACY_WORK: 'W070=7' }),
    'untagged.legacy.8',
  ],
  'changes GuestPageSize under a queue': [legacyDriver({ LEGACY_WORK: 'W028=2000' }), 'untagged.legacy.8'],
  'forgets QueueAlign': [
    legacyDriver({ LEGACY_QUEUE: LEGACY.LEGACY_QUEUE.replace('W03c=1000 ', ''), LEGACY_WORK: 'W070=7' }),
    'split.driver.legacy-virtqueue-layout.2',
  ],
  'moves a queue in use': [legacyDriver({ LEGACY_WORK: 'W070=7 W040=2a51' }), 'untagged.legacy.9'],
  'resizes a queue in use': [legacyDriver({ LEGACY_WORK: 'W070=7 W038=200' }), 'untagged.legacy.9'],
  'declines ANY_LAYOUT': [
    legacyDriver({ LEGACY_SELECT: 'W024=0 W020=30000a54' }),
    'reserved.driver.legacy-reserved-feature-bits.1',
  ],
  'sets FEATURES_OK': [
    legacyDriver({ LEGACY_WORK: 'W070=b W070=f' }),
    'init.driver.legacy-device-initialization.1',
    'basic.driver.legacy-feature-bits.1',
  ],
  'reads capacity only once': [
    legacyDriver({ LEGACY_CONFIG: 'R100=800 R104=0' }),
    'basic.driver.legacy-device-configuration-space.1',
  ],
};

describe('a legacy driver that', () => {
  it.each(Object.entries(LEGACY_FAULTS))('%s', async (_, [steps, ...clauses]) => {
    expect(broken(await judged(qemuLog(steps)))).toEqual(clauses);
  });
});

/** The device is at fault; the driver does what it must then. */
const FACING: Record<string, readonly [steps: string, ...exercised: ClauseId[]]> = {
  'a wrong MagicValue': ['R000=0', 'mmio.driver.register-layout.6'],
  'Version 3': ['R000=74726976 R004=3 R008=2', 'mmio.driver.register-layout.8'],
  'a FEATURES_OK that is refused, by FAILED': [
    `${PROBE} ${RESET} ${OFFER} ${SELECT} W070=b R070=3 W070=83`,
    'init.driver.device-initialization.1.f',
    'init.driver.device-initialization.6',
  ],
  'a FEATURES_OK that is refused, by a reset': [
    `${PROBE} ${RESET} ${OFFER} ${SELECT} W070=b R070=3 W070=0 R070=0 W070=80 W070=0 R070=0`,
    'init.driver.device-initialization.6',
    'basic.driver.device-status-field.3',
  ],
  'a queue that is missing': [
    `${PROBE} ${RESET} ${OFFER} ${SELECT} ${FEATURES_OK} W030=0 R044=0 R034=0 W070=8b ${STOP.slice('W044=0 R044=0 '.length)}`,
    'basic.driver.device-status-field.3',
  ],
  'an offer with bits that it cannot know': [
    modernDriver({ OFFER: 'W014=1 R010=80000101 W014=0 R010=30000e54' }),
    'basic.driver.feature-bits.4',
  ],
  'undefined bits in InterruptStatus': [
    modernDriver({ WORK: 'W070=f W050=0 R060=5 W064=1' }),
    'mmio.driver.register-layout.18',
  ],
};

describe('a driver facing', () => {
  it.each(Object.entries(FACING))('%s keeps the clauses that are about that', async (_, [steps, ...exercised]) => {
    const device = await judged(qemuLog(steps));
    expect(broken(device)).toEqual([]);
    for (const id of exercised) expect([id, verdictOf(device, id)]).toEqual([id, 'pass']);
  });

  it('a placeholder leaves it alone, and that is what is said of it', async () => {
    const result = await judgeStream('test', Readable.from([Buffer.from(qemuLog('R000=74726976 R004=2 R008=0'))]));
    expect(result).toMatchObject({ devices: [], placeholders: 1 });
  });
});

/** NetBSD's viocon(4) on the modern layout, as its sources have it. */
describe("NetBSD's viocon", () => {
  const start = 'R000=74726976 R004=2 R008=3 W070=0 R070=0 W070=1 R070=1 W070=3';
  const negotiate = 'W014=0 R010=30000001 W014=1 R010=101 W024=0 W020=10000001 W024=1 W020=1 R070=3 W070=b R070=b';
  const sizes = 'W030=0 R034=80 W030=1 R034=80 R100.2=50 R102.2=18';
  const queue = (index: number): string =>
    `W030=${index} R034=80 W038=80 W080=${index + 1}000000 W084=0 W090=${index + 1}000800 W094=0 W0a0=${index + 1}001000 W0a4=0 W044=1`;
  const finish = `${queue(0)} ${queue(1)} R070=b W070=f`;

  it('since 1.10 fills its receive queue once the device is live', async () => {
    const device = await judged(qemuLog(`${start} ${negotiate} ${sizes} ${finish} W050=0`));
    expect([device.name, broken(device)]).toEqual(['console', []]);
  });

  it('before that notified first (PR kern/58555)', async () => {
    const device = await judged(qemuLog(`${start} ${negotiate} ${sizes} W050=0 ${finish}`));
    expect(broken(device)).toEqual(['init.driver.device-initialization.7']);
  });

  it('that gives up leaves FAILED behind', async () => {
    const device = await judged(qemuLog(`${start} ${negotiate} W030=0 R034=0 W070=0 R070=0 W070=80`));
    expect(broken(device)).toEqual([]);
  });
});

describe('what a register trace cannot show', () => {
  it('is skipped with the reason, never passed', async () => {
    const device = await judged(qemuLog(modernDriver({ WORK })));
    const rings = device.clauses.filter(({ id }) => /^split\.driver\.(virtqueue|message|indirect)/.test(id));
    expect(rings.length).toBeGreaterThan(5);
    const seen = rings.filter(({ id }) => id !== 'split.driver.virtqueues.1');
    expect([...new Set(seen.map(({ verdict }) => verdict))]).toEqual(['skip']);
  });
});
