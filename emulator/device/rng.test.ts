import { expect, test } from 'vitest';
import { createFakeQueueHost, UNTOUCHED } from './fake-queue-host.ts';
import { createEntropyDevice } from './rng.ts';

const OPTIONS = { device: 'rng', version: 2 } as const;

test('fills a buffer of several descriptors wholly and says so', () => {
  const host = createFakeQueueHost();
  const device = createEntropyDevice(OPTIONS, host);
  const chain = host.offer(0, [], [3, 5000, 1]);
  device.process(0);
  expect(host.used(chain)).toBe(5004);
  const untouched = host.answer(chain).filter((byte) => byte === UNTOUCHED).length;
  expect(untouched).toBeLessThan(60);
});

test.each([1, 2, 3, 4, 5, 64])('two buffers of %i bytes in a row never hold the same', (length) => {
  const host = createFakeQueueHost();
  const device = createEntropyDevice(OPTIONS, host);
  let previous = '';
  for (let i = 0; i < 2000; i++) {
    const chain = host.offer(0, [], [length]);
    device.process(0);
    const bytes = host.answer(chain).join();
    expect(bytes).not.toBe(previous);
    previous = bytes;
  }
});

test('the seed decides the bytes, and a reset does not start them over', () => {
  const draw = (seed: number, resetFirst: boolean): string => {
    const host = createFakeQueueHost();
    const device = createEntropyDevice({ ...OPTIONS, seed }, host);
    host.offer(0, [], [16]);
    device.process(0);
    if (resetFirst) device.reset();
    const chain = host.offer(0, [], [16]);
    device.process(0);
    return host.answer(chain).join();
  };
  expect(draw(7, false)).toBe(draw(7, false));
  expect(draw(7, true)).toBe(draw(7, false));
  expect(draw(8, false)).not.toBe(draw(7, false));
});

test('a buffer with nothing to write goes back with length 0, readable parts are left alone', () => {
  const host = createFakeQueueHost();
  const device = createEntropyDevice(OPTIONS, host);
  const readable = host.offer(0, [Uint8Array.of(1, 2)], []);
  const mixed = host.offer(0, [Uint8Array.of(1, 2)], [4]);
  device.process(0);
  expect([host.used(readable), host.used(mixed)]).toEqual([0, 4]);
  expect(host.readFrom(mixed, 0, 2)).toEqual(Uint8Array.of(1, 2));
});

test('a buffer far larger than memory is filled in part', () => {
  const host = createFakeQueueHost();
  const device = createEntropyDevice(OPTIONS, host);
  const segment = { address: 0, length: 1 << 19 };
  const writable = new Array(4096).fill(segment);
  const chain = { queue: 0, head: 9, readable: [], writable, readableLength: 0, writableLength: 4096 * (1 << 19) };
  let offered = false;
  const once = { ...host, take: () => (offered ? null : ((offered = true), chain)) };
  createEntropyDevice(OPTIONS, once).process(0);
  expect(host.used(chain)).toBe(1 << 20);
  expect(device.configSize).toBe(0);
});
