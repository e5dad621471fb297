import { describe, expect, test } from 'vitest';
import { createBlockDevice, type BlockDevice } from './blk.ts';
import { createFakeQueueHost, UNTOUCHED, type FakeQueueHost } from './fake-queue-host.ts';
import type { EmulatorOptions } from './options.ts';
import type { Chain, Endian } from './types.ts';

const [IN, OUT, FLUSH, GET_ID, GET_LIFETIME, DISCARD, WRITE_ZEROES, SECURE_ERASE] = [0, 1, 4, 8, 10, 11, 13, 14];
const [OK, IOERR, UNSUPP] = [0, 1, 2];
const FLUSH_BIT = 9;
const CONFIG_WCE_BIT = 11;

interface Setup {
  readonly host: FakeQueueHost;
  readonly device: BlockDevice;
}

function setup(options: Partial<EmulatorOptions> = {}, endian: Endian = 'little', deferred = false): Setup {
  const host = createFakeQueueHost(endian, deferred);
  const device = createBlockDevice({ device: 'blk', version: 2, ...options }, host);
  for (const bit of device.features) host.accepted.add(bit);
  return { host, device };
}

function header(type: number, sector: number | bigint, little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, type, little);
  view.setBigUint64(8, BigInt(sector), little);
  return new Uint8Array(view.buffer);
}

function segment(sector: number | bigint, count: number, flags = 0, little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, BigInt(sector), little);
  view.setUint32(8, count, little);
  view.setUint32(12, flags, little);
  return new Uint8Array(view.buffer);
}

function request({ host, device }: Setup, readable: readonly Uint8Array[], writable: readonly number[]): Chain {
  const chain = host.offer(0, readable, writable);
  device.process(0);
  return chain;
}

/** Status byte and used length. */
function outcome({ host }: Setup, chain: Chain): [number, number] {
  return [host.answer(chain).at(-1) ?? -1, host.used(chain)];
}

function status(it: Setup, readable: readonly Uint8Array[], writable: readonly number[] = [1]): number {
  return outcome(it, request(it, readable, writable))[0];
}

function sectors(count: number, value: number): Uint8Array {
  return new Uint8Array(count * 512).fill(value);
}

function readBack(it: Setup, sector: number, count: number): Uint8Array {
  const chain = request(it, [header(IN, sector)], [count * 512, 1]);
  expect(outcome(it, chain)).toEqual([OK, count * 512 + 1]);
  return it.host.answer(chain).subarray(0, -1);
}

function config64(device: BlockDevice, offset: number, little = true): bigint {
  const bytes = Uint8Array.from({ length: 8 }, (_, i) => device.readConfig(offset + i));
  return new DataView(bytes.buffer).getBigUint64(0, little);
}

function config32(device: BlockDevice, offset: number): number {
  return Number(config64(device, offset) & 0xffff_ffffn);
}

describe('read and write', () => {
  test('what was written is read, across pages of the medium', () => {
    const it = setup();
    const data = Uint8Array.from({ length: 10 * 512 }, (_, i) => (i * 7) ^ (i >> 8));
    const chain = request(it, [header(OUT, 3), data], [1]);
    expect(outcome(it, chain)).toEqual([OK, 1]);
    expect(readBack(it, 3, 10)).toEqual(data);
    expect(readBack(it, 2, 1)).toEqual(sectors(1, 0));
    expect(readBack(it, 13, 1)).toEqual(sectors(1, 0));
  });

  test('framing does not matter: header, data and status in any pieces', () => {
    const it = setup();
    const whole = Uint8Array.from([...header(OUT, 1), ...sectors(2, 0x5a)]);
    const pieces = [whole.subarray(0, 1), whole.subarray(1, 15), whole.subarray(15, 100), whole.subarray(100)];
    expect(outcome(it, request(it, pieces, [0, 1]))).toEqual([OK, 1]);
    expect(outcome(it, request(it, [whole], [1]))).toEqual([OK, 1]);
    const read = request(it, [header(IN, 1)], [700, 1, 324]);
    expect(outcome(it, read)).toEqual([OK, 1025]);
    expect(it.host.answer(read).subarray(0, 1024)).toEqual(sectors(2, 0x5a));
  });

  test.each([
    ['beyond capacity', 128n, 512],
    ['across the end', 127n, 1024],
    ['a sector number that would wrap', 2n ** 64n - 1n, 512],
    ['a sector number that would wrap in bytes', 2n ** 55n, 512],
    ['not whole sectors', 0n, 511],
  ])('%s: IOERR, and the used length claims nothing', (_name, sector, length) => {
    const it = setup();
    const read = request(it, [header(IN, sector)], [length, 1]);
    expect(outcome(it, read)).toEqual([IOERR, 0]);
    expect(it.host.answer(read)[0]).toBe(UNTOUCHED);
    const write = request(it, [header(OUT, sector), new Uint8Array(length).fill(1)], [1]);
    expect(outcome(it, write)).toEqual([IOERR, 1]);
    expect(readBack(it, 0, 128)).toEqual(sectors(128, 0));
  });

  test('a header cut short is an error, no room for the status needs a reset', () => {
    const it = setup();
    expect(outcome(it, request(it, [header(IN, 0).subarray(0, 15)], [513]))).toEqual([IOERR, 0]);
    expect(outcome(it, request(it, [], [1]))).toEqual([IOERR, 1]);
    expect(it.host.resets).toBe(0);
    const chain = request(it, [header(OUT, 0), sectors(1, 1)], []);
    expect([it.host.used(chain), it.host.resets]).toEqual([-1, 1]);
    expect(readBack(it, 0, 1)).toEqual(sectors(1, 0));
  });

  test('deferred requests are done when their turn comes', () => {
    const it = setup({}, 'little', true);
    const first = it.host.offer(0, [header(OUT, 0), sectors(1, 1)], [1]);
    const second = it.host.offer(0, [header(OUT, 0), sectors(1, 2)], [1]);
    it.device.process(0);
    expect(it.host.completions).toEqual([]);
    it.host.runLastFirst();
    expect(it.host.completions.map(({ head }) => head)).toEqual([second.head, first.head]);
  });

  test('a big-endian guest', () => {
    const it = setup({ version: 1, capacity: 2 ** 33 + 5 }, 'big');
    expect(config64(it.device, 0, false)).toBe(2n ** 33n + 5n);
    const sector = 2n ** 33n + 4n;
    expect(status(it, [header(OUT, sector, false), sectors(1, 9)])).toBe(OK);
    const read = request(it, [header(IN, sector, false)], [513]);
    expect(it.host.answer(read)[0]).toBe(9);
    expect(status(it, [header(WRITE_ZEROES, 0, false), segment(sector, 1, 0, false)])).toBe(OK);
    expect(it.host.answer(request(it, [header(IN, sector, false)], [513]))[0]).toBe(0);
  });
});

describe('other requests', () => {
  test('flush succeeds, with or without accepted feature or data', () => {
    const it = setup();
    expect(outcome(it, request(it, [header(FLUSH, 0)], [1]))).toEqual([OK, 1]);
    expect(outcome(it, request(it, [header(FLUSH, 7)], [512, 1]))).toEqual([OK, 0]);
    it.host.accepted.clear();
    expect(status(it, [header(FLUSH, 0)])).toBe(OK);
  });

  test('GET_ID', () => {
    const it = setup({ serial: 'disk-1' });
    const chain = request(it, [header(GET_ID, 0)], [20, 1]);
    expect(outcome(it, chain)).toEqual([OK, 21]);
    expect(String.fromCharCode(...it.host.answer(chain).subarray(0, 20))).toBe('disk-1'.padEnd(20, '\0'));
    expect(outcome(it, request(it, [header(GET_ID, 0)], [19, 1]))).toEqual([IOERR, 0]);
    const long = setup({ serial: 'x'.repeat(30) });
    expect(outcome(long, request(long, [header(GET_ID, 0)], [20, 1]))).toEqual([OK, 21]);
  });

  test.each([2, 3, 5, GET_LIFETIME, 12, 15, 16, 18, 20, 22, 24, 26, 0x80000000, 0xffffffff])(
    'type %i is unsupported',
    (type) => expect(status(setup(), [header(type, 0)], [6, 1])).toBe(UNSUPP),
  );

  test('type 5 is a flush for a legacy driver', () => {
    expect(status(setup({ version: 1 }), [header(5, 0)])).toBe(OK);
  });
});

describe.each([
  ['discard', DISCARD, 13, 8, 96],
  ['write zeroes', WRITE_ZEROES, 14, 6, 80],
  ['secure erase', SECURE_ERASE, 16, 4, 64],
])('%s', (_name, type, feature, mostSegments, mostSectors) => {
  function filled(options: Partial<EmulatorOptions> = {}): Setup {
    const it = setup({ capacity: 256, ...options });
    if (options.readOnly !== true) status(it, [header(OUT, 0), sectors(128, 0xaa)]);
    return it;
  }

  test('clears every segment and nothing else', () => {
    const it = filled();
    const chain = request(it, [header(type, 0), segment(1, 2), segment(9, 14)], [1]);
    expect(outcome(it, chain)).toEqual([OK, 1]);
    const kept = Array.from({ length: 30 }, (_, i) => readBack(it, i, 1)[0] === 0xaa);
    expect(kept).toEqual(Array.from({ length: 30 }, (_, i) => !((i >= 1 && i < 3) || (i >= 9 && i < 23))));
  });

  test('limits, the end of the disk and the size of the data', () => {
    const it = filled();
    const many = (count: number): Uint8Array[] => Array.from({ length: count }, () => segment(0, 0));
    expect(status(it, [header(type, 0), ...many(mostSegments)])).toBe(OK);
    expect(status(it, [header(type, 0), ...many(mostSegments + 1)])).toBe(IOERR);
    expect(status(it, [header(type, 0), segment(0, 1), segment(200, mostSectors + 1)])).toBe(IOERR);
    expect(status(it, [header(type, 0), segment(0, 1), segment(256, 1)])).toBe(IOERR);
    expect(status(it, [header(type, 0), segment(0, 1), segment(2n ** 64n - 1n, 2)])).toBe(IOERR);
    expect(status(it, [header(type, 0)])).toBe(IOERR);
    expect(status(it, [header(type, 0), segment(0, 1).subarray(1)])).toBe(IOERR);
    expect(readBack(it, 0, 128)).toEqual(sectors(128, 0xaa));
    expect(status(it, [header(type, 0), segment(0, mostSectors)])).toBe(OK);
  });

  test('flags: unknown ones are unsupported, unmap depends on the command', () => {
    const it = filled();
    for (const flags of [2, 3, 0x80000000]) {
      expect(status(it, [header(type, 0), segment(0, 1), segment(2, 1, flags)])).toBe(UNSUPP);
    }
    expect(readBack(it, 0, 3)).toEqual(sectors(3, 0xaa));
    expect(status(it, [header(type, 0), segment(0, 1, 1)])).toBe(type === DISCARD ? UNSUPP : OK);
  });

  test('unsupported without its feature, refused on a read-only disk', () => {
    const it = filled();
    it.host.accepted.delete(feature);
    expect(status(it, [header(type, 0), segment(0, 1)])).toBe(UNSUPP);
    expect(status(filled({ readOnly: true }), [header(type, 0), segment(0, 1)])).toBe(IOERR);
  });
});

test('a read-only disk offers RO and refuses writes, whatever the driver accepted', () => {
  const it = setup({ readOnly: true });
  expect(it.device.features).toContain(5);
  it.host.accepted.clear();
  expect(outcome(it, request(it, [header(OUT, 0), sectors(1, 1)], [1]))).toEqual([IOERR, 1]);
  expect(readBack(it, 0, 1)).toEqual(sectors(1, 0));
  expect(setup().device.features).not.toContain(5);
});

describe('configuration', () => {
  test('fields are where 5.2.4 puts them', () => {
    const { device } = setup({ queueSizeMax: 64 });
    expect(config64(device, 0)).toBe(128n);
    expect(config32(device, 12)).toBe(62);
    expect([device.readConfig(16), device.readConfig(18), device.readConfig(19)]).toEqual([1, 4, 32]);
    expect(config32(device, 20)).toBe(512);
    expect(device.readConfig(24)).toBe(3);
    expect([36, 40, 48, 52, 60, 64].map((offset) => config32(device, offset))).toEqual([96, 8, 80, 6, 64, 4]);
    expect([33, 57, 58, 59, 72, 95].map((offset) => device.readConfig(offset))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('only writeback can be written, and only with CONFIG_WCE', () => {
    const { device, host } = setup();
    device.writeConfig(0, [9, 9, 9, 9]);
    expect(config64(device, 0)).toBe(128n);
    expect(device.readConfig(32)).toBe(1);
    device.writeConfig(32, [0, 9, 9, 9]);
    expect([32, 33, 34].map((offset) => device.readConfig(offset))).toEqual([0, 0, 0]);
    device.writeConfig(32, [7]);
    expect(device.readConfig(32)).toBe(0);
    device.reset();
    expect(device.readConfig(32)).toBe(1);
    host.accepted.delete(CONFIG_WCE_BIT);
    device.writeConfig(32, [0]);
    expect(device.readConfig(32)).toBe(1);
  });

  test('CONFIG_WCE without FLUSH starts as writethrough, but not for a legacy driver', () => {
    const modern = setup();
    modern.host.accepted.delete(FLUSH_BIT);
    expect(modern.device.readConfig(32)).toBe(0);
    const legacy = setup({ version: 1 });
    legacy.host.accepted.delete(FLUSH_BIT);
    expect(legacy.device.readConfig(32)).toBe(1);
    legacy.host.accepted.clear();
    legacy.device.writeConfig(32, [0]);
    expect(legacy.device.readConfig(32)).toBe(0);
  });

  test('a resize shows in both halves of capacity, and what was cut off does not come back', () => {
    const it = setup();
    status(it, [header(OUT, 0), sectors(128, 3)]);
    it.device.resizeDisk(13);
    expect([config64(it.device, 0), it.host.configChanges]).toEqual([13n, 1]);
    expect(status(it, [header(IN, 13)], [512, 1])).toBe(IOERR);
    it.device.resizeDisk(2 ** 32 + 20);
    expect(config64(it.device, 0)).toBe(2n ** 32n + 20n);
    expect(readBack(it, 12, 2)).toEqual(Uint8Array.from([...sectors(1, 3), ...sectors(1, 0)]));
  });
});
