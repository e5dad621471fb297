import { describe, expect, test } from 'vitest';
import { createConsoleDevice, type ConsoleDevice } from './console.ts';
import { createFakeQueueHost, type FakeQueueHost } from './fake-queue-host.ts';
import type { Chain, Endian } from './types.ts';

const [READY, ADD, REMOVE, PORT_READY, CONSOLE_PORT, RESIZE, OPEN, NAME] = [0, 1, 2, 3, 4, 5, 6, 7];
const MULTIPORT = 1;

interface Setup {
  readonly host: FakeQueueHost;
  readonly device: ConsoleDevice;
}

function setup(ports = 1, endian: Endian = 'little', deferred = false): Setup {
  const host = createFakeQueueHost(endian, deferred);
  const device = createConsoleDevice({ device: 'console', version: endian === 'big' ? 1 : 2, ports }, host);
  for (const bit of device.features) host.accepted.add(bit);
  return { host, device };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

function received({ host }: Setup, chain: Chain): string | null {
  const used = host.used(chain);
  return used < 0 ? null : text(host.answer(chain).subarray(0, used));
}

/** Sends a control message of the driver. */
function tell({ host, device }: Setup, id: number, event: number, value: number, little = true): void {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, id, little);
  view.setUint16(4, event, little);
  view.setUint16(6, value, little);
  host.offer(3, [new Uint8Array(view.buffer)], []);
  device.process(3);
}

/** Offers control buffers until one is left over, and returns the messages that came as [id, event, value]. */
function hear({ host, device }: Setup, size = 64, little = true): number[][] {
  const messages: number[][] = [];
  for (;;) {
    const chain = host.offer(2, [], [size]);
    device.process(2);
    if (host.used(chain) < 0) {
      host.take(2);
      return messages;
    }
    const view = new DataView(host.answer(chain).buffer);
    messages.push([view.getUint32(0, little), view.getUint16(4, little), view.getUint16(6, little)]);
  }
}

describe('data', () => {
  test('input waits for buffers, each filled as far as it goes', () => {
    const it = setup();
    it.device.consoleInput(0, bytes('hello '));
    it.device.consoleInput(0, bytes('world'));
    const chains = [it.host.offer(0, [], [2, 2]), it.host.offer(0, [], []), it.host.offer(0, [], [100])];
    const spare = it.host.offer(0, [], [10]);
    it.device.process(0);
    expect(chains.map((chain) => received(it, chain))).toEqual(['hell', '', 'o world']);
    expect(received(it, spare)).toBeNull();
    it.device.consoleInput(0, bytes('!'));
    expect(received(it, spare)).toBe('!');
  });

  test('input stays in order of completion, whatever the order of work', () => {
    const it = setup(1, 'little', true);
    for (let i = 0; i < 5; i++) it.host.offer(0, [], [2]);
    const chains = new Map<number, Chain>();
    const take = it.host.take;
    const host = { ...it.host, take: (queue: number) => remember(take(queue)) };
    const remember = (chain: Chain | null): Chain | null => {
      if (chain !== null) chains.set(chain.head, chain);
      return chain;
    };
    const device = createConsoleDevice({ device: 'console', version: 2 }, host);
    device.consoleInput(0, bytes('abcdef'));
    expect(it.host.waiting(0)).toBe(2);
    it.host.runLastFirst();
    const stream = it.host.completions.map(({ head }) => received(it, chains.get(head)!));
    expect(stream.join('')).toBe('abcdef');
  });

  test('output is collected, and nothing is written into transmit buffers', () => {
    const it = setup();
    const big = 'x'.repeat(70_000);
    const chains = [it.host.offer(1, [bytes('ab'), bytes('c')], []), it.host.offer(1, [bytes(big)], [4])];
    it.device.process(1);
    expect(chains.map((chain) => it.host.used(chain))).toEqual([0, 0]);
    expect(text(it.device.takeConsoleOutput(0))).toBe('abc' + big);
    expect(it.device.takeConsoleOutput(0)).toHaveLength(0);
    expect(it.device.takeConsoleOutput(99)).toHaveLength(0);
  });

  test('output that nobody takes does not grow without bound', () => {
    const it = setup();
    const chunk = new Uint8Array(200_000);
    const chain = it.host.offer(1, [chunk], []);
    it.host.take(1);
    for (let i = 0; i < 20; i++) {
      let taken = false;
      const host = { ...it.host, take: () => (taken ? null : ((taken = true), chain)) };
      Object.assign(it.host, { take: host.take });
      it.device.process(1);
    }
    expect(it.device.takeConsoleOutput(0)).toHaveLength(1 << 20);
  });

  test('a reset loses no input that the driver has not had', () => {
    const it = setup(1, 'little', true);
    it.host.offer(0, [], [3]);
    it.device.consoleInput(0, bytes('abc'));
    it.device.reset();
    const chain = it.host.offer(0, [], [8]);
    it.device.process(0);
    it.host.runLastFirst();
    expect(received(it, chain)).toBe('abc');
  });
});

describe('configuration', () => {
  test('layout in both byte orders, and resize', () => {
    for (const endian of ['little', 'big'] as const) {
      const { device, host } = setup(3, endian);
      const read = (offset: number, size: number): number => {
        const order = endian === 'little' ? [...Array(size).keys()].reverse() : [...Array(size).keys()];
        return order.reduce((value, i) => value * 256 + device.readConfig(offset + i), 0);
      };
      expect([read(0, 2), read(2, 2), read(4, 4)]).toEqual([80, 25, 8]);
      device.resizeConsole(132, 43);
      device.resizeConsole(132, 43);
      expect([read(0, 2), read(2, 2), host.configChanges]).toEqual([132, 43, 1]);
      expect(device.readConfig(12)).toBe(0);
    }
  });

  test('emergency write puts out the low byte, with nothing negotiated', () => {
    const little = setup();
    little.host.accepted.clear();
    little.device.writeConfig(8, [0x58, 1, 2, 3]);
    little.device.writeConfig(8, [0x59]);
    little.device.writeConfig(0, [1, 2, 3, 4]);
    expect(text(little.device.takeConsoleOutput(0))).toBe('XY');
    expect(little.device.readConfig(0)).toBe(80);
    const big = setup(1, 'big');
    big.device.writeConfig(8, [0, 0, 0, 0x5a]);
    expect(text(big.device.takeConsoleOutput(0))).toBe('Z');
  });

  test('queues and features follow the number of ports', () => {
    expect([setup().device.queueCount, setup().device.features]).toEqual([2, [0, 2]]);
    expect([setup(2).device.queueCount, setup(2).device.features]).toEqual([18, [0, 1, 2]]);
    expect(setup(12).device.queueCount).toBe(26);
  });
});

describe('control channel', () => {
  test.each(['little', 'big'] as const)('handshake, %s-endian', (endian) => {
    const little = endian === 'little';
    const it = setup(2, endian);
    expect(hear(it, 64, little)).toEqual([]);
    tell(it, 0, READY, 1, little);
    tell(it, 0, READY, 1, little);
    expect(hear(it, 64, little).map(([id, event]) => [id, event])).toEqual([
      [0, ADD],
      [1, ADD],
    ]);
    tell(it, 0, PORT_READY, 1, little);
    tell(it, 1, PORT_READY, 1, little);
    tell(it, 1, PORT_READY, 1, little);
    expect(hear(it, 64, little)).toEqual([
      [0, CONSOLE_PORT, 1],
      [0, NAME, 1],
      [0, OPEN, 1],
      [1, NAME, 1],
      [1, OPEN, 1],
    ]);
  });

  test('no port is announced to a driver that failed, and none readied that was not announced', () => {
    const it = setup(2);
    tell(it, 0, PORT_READY, 1);
    tell(it, 0, READY, 0);
    tell(it, 0xffffffff, PORT_READY, 1);
    tell(it, 0, 99, 1);
    it.host.offer(3, [new Uint8Array(7)], []);
    it.device.process(3);
    expect(hear(it)).toEqual([]);
  });

  test('a buffer too small for a message costs no message, but names give way', () => {
    const it = setup(2);
    const small = it.host.offer(2, [], [7]);
    it.device.process(2);
    tell(it, 0, READY, 1);
    expect(it.host.used(small)).toBe(0);
    tell(it, 0, PORT_READY, 1);
    expect(hear(it, 8).map(([, event]) => event)).toEqual([ADD, ADD, CONSOLE_PORT, OPEN]);
  });

  test('thousands of small buffers nest nothing', () => {
    const it = setup(2);
    for (let i = 0; i < 20_000; i++) it.host.offer(2, [], []);
    tell(it, 0, READY, 1);
    expect(it.host.waiting(2)).toBe(0);
  });

  test('messages keep their order when buffers are filled in another', () => {
    const it = setup(3, 'little', true);
    const chains = [0, 1, 2, 3].map(() => it.host.offer(2, [], [8]));
    tell(it, 0, READY, 1);
    it.host.runLastFirst();
    const order = it.host.completions.filter(({ queue }) => queue === 2);
    const ids = order.map(({ head }) => it.host.answer(chains.find((chain) => chain.head === head)!)[0]);
    expect(ids).toEqual([0, 1, 2]);
  });

  test('plugging and pulling ports', () => {
    const it = setup(2);
    it.device.port(5, 'add');
    it.device.port(1, 'remove');
    tell(it, 0, READY, 1);
    expect(hear(it).map(([id, event]) => [id, event])).toEqual([
      [0, ADD],
      [5, ADD],
    ]);
    it.device.port(5, 'add');
    it.device.port(8, 'add');
    it.device.port(1, 'remove');
    it.device.port(5, 'remove');
    it.device.port(5, 'add');
    expect(hear(it).map(([id, event]) => [id, event])).toEqual([
      [5, REMOVE],
      [5, ADD],
    ]);
  });

  test("the host's end of a port", () => {
    const it = setup(2);
    tell(it, 0, READY, 1);
    it.device.port(1, 'close');
    expect(hear(it)).toHaveLength(2);
    tell(it, 1, PORT_READY, 1);
    it.device.port(1, 'close');
    it.device.port(1, 'open');
    it.device.resizeConsole(1, 2);
    expect(hear(it)).toEqual([
      [1, NAME, 1],
      [1, OPEN, 1],
    ]);
    tell(it, 0, PORT_READY, 1);
    it.device.resizeConsole(3, 4);
    expect(hear(it).at(-1)).toEqual([0, RESIZE, 0]);
  });

  test("data of a port goes through its own queues and waits while the driver's end is closed", () => {
    const it = setup(2);
    tell(it, 0, READY, 1);
    tell(it, 1, OPEN, 0);
    const chain = it.host.offer(4, [], [8]);
    it.device.consoleInput(1, bytes('in'));
    expect(received(it, chain)).toBeNull();
    tell(it, 1, OPEN, 1);
    expect(received(it, chain)).toBe('in');
    it.host.offer(5, [bytes('out')], []);
    it.device.process(5);
    expect(text(it.device.takeConsoleOutput(1))).toBe('out');
    const absent = it.host.offer(17, [bytes('lost')], []);
    it.device.process(17);
    expect(it.host.used(absent)).toBe(0);
    expect(it.device.takeConsoleOutput(7)).toHaveLength(0);
  });

  test('without MULTIPORT accepted only port 0 exists', () => {
    const it = setup(2);
    it.host.accepted.delete(MULTIPORT);
    tell(it, 0, READY, 1);
    expect(it.host.waiting(3)).toBe(1);
    expect(hear(it)).toEqual([]);
    const chain = it.host.offer(0, [], [4]);
    it.device.consoleInput(0, bytes('x'));
    expect(received(it, chain)).toBe('x');
  });
});
