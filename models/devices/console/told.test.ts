import { describe, expect, it } from 'vitest';
import { Report } from '../../report.ts';
import { endiannessMode, type Claims } from '../../setup.ts';
import { fakeChain, features, type FakeChain } from '../testing/fake-chain.ts';
import { ControlEvent, Feature } from './constants.ts';
import { ConsoleModel } from './model.ts';

const CLAIMS: Claims = { ports: [0, 1], portMessages: { names: ['zero', 'one'], consoles: [0] } };
const TOLD = 'untagged.console.5';

/** A driver and a device that exchange control messages; every buffer holds 64 bytes. */
class Talk {
  readonly report = new Report();
  readonly model: ConsoleModel;
  /** A buffer that the device has not used yet. */
  #free: FakeChain | undefined;

  constructor(claims: Claims = CLAIMS) {
    this.model = new ConsoleModel(
      {
        device: 'console',
        transport: 'mmio-v2',
        mode: endiannessMode('le', 'mmio-v2'),
        memory: { base: 0, size: 1 << 20 },
        observesDeviceStores: true,
        observesInterrupt: true,
        claims,
      },
      this.report,
      {
        usedOwed: () => undefined,
        usedAllowed: () => undefined,
        usedBeforeSuspend: () => undefined,
        usedUnwanted: () => undefined,
        configOwed: () => undefined,
        configAllowed: () => undefined,
      },
    );
    const negotiated = features(Feature.SIZE, Feature.MULTIPORT);
    this.model.offered(negotiated);
    this.model.featuresFixed(negotiated);
    this.model.driverOk();
  }

  buffer(): FakeChain {
    const chain = fakeChain(2, [], [64]);
    this.model.exposed(chain);
    return chain;
  }

  static bytes(id: number, event: number, value: number, rest: readonly number[] = []): Uint8Array {
    const header = new DataView(new ArrayBuffer(8));
    header.setUint32(0, id, true);
    header.setUint16(4, event, true);
    header.setUint16(6, value, true);
    return Uint8Array.of(...new Uint8Array(header.buffer), ...rest);
  }

  hear(id: number, event: number, value = 1, rest: readonly number[] = []): void {
    const chain = this.#free ?? this.buffer();
    this.#free = undefined;
    const bytes = Talk.bytes(id, event, value, rest);
    chain.in.set(bytes);
    this.model.completed(chain, bytes.length);
  }

  say(id: number, event: number, value = 1): void {
    const chain = fakeChain(3, [Talk.bytes(id, event, value)], []);
    this.model.exposed(chain);
    this.model.completed(chain, 0);
  }

  /** The device is given time, with a buffer that it was told of. */
  wait(): void {
    this.#free ??= this.buffer();
    this.model.mustComplete(this.#free);
    this.model.settled(true);
  }

  /** Both ports are announced. */
  begin(): void {
    this.say(0, ControlEvent.DEVICE_READY);
    for (const id of [0, 1]) this.hear(id, ControlEvent.DEVICE_ADD);
  }

  introduce(id: number): void {
    this.say(id, ControlEvent.PORT_READY);
    if (id === 0) this.hear(0, ControlEvent.CONSOLE_PORT);
    this.hear(id, ControlEvent.PORT_NAME, 1, [...Buffer.from(CLAIMS.portMessages!.names[id])]);
    this.hear(id, ControlEvent.PORT_OPEN, 1);
  }

  broken(): string[] {
    return this.report.violations.splice(0).map(({ clause }) => clause);
  }
}

function begun(): Talk {
  const talk = new Talk();
  talk.begin();
  talk.introduce(0);
  talk.introduce(1);
  expect(talk.broken()).toEqual([]);
  return talk;
}

describe('what a console says of its ports', () => {
  it('is owed once the driver is ready for the port and has a buffer', () => {
    const talk = new Talk();
    talk.begin();
    talk.say(1, ControlEvent.PORT_READY);
    talk.model.settled(true);
    expect(talk.broken()).toEqual([]);
    talk.wait();
    expect(talk.broken()).toEqual([TOLD]);
  });

  it('is not judged of a target that declares nothing', () => {
    const talk = new Talk({ ports: [0, 1] });
    talk.begin();
    talk.say(1, ControlEvent.PORT_READY);
    talk.wait();
    talk.hear(1, ControlEvent.PORT_NAME, 1, [1, 2, 3]);
    expect(talk.broken()).toEqual([]);
  });

  it.each([
    ['another name', 1, ControlEvent.PORT_NAME, 1, [...Buffer.from('zero')]],
    ['a console that is none', 1, ControlEvent.CONSOLE_PORT, 1, []],
    ['closed, and the host has not closed it', 1, ControlEvent.PORT_OPEN, 0, []],
    ['a port that the host does not have', 2, ControlEvent.DEVICE_ADD, 0, []],
  ])('is wrong where it says %s', (_, id, event, value, rest) => {
    const talk = begun();
    talk.hear(id, event, value, rest);
    expect(talk.broken()).toEqual([TOLD]);
  });

  it('follows the host: ends that open and close, of which only the last has to be told', () => {
    const talk = begun();
    talk.model.host({ action: 'port', port: 1, change: 'close' });
    talk.hear(1, ControlEvent.PORT_OPEN, 0);
    talk.model.host({ action: 'port', port: 1, change: 'open' });
    talk.model.host({ action: 'port', port: 1, change: 'close' });
    talk.hear(1, ControlEvent.PORT_OPEN, 0);
    talk.wait();
    expect(talk.broken()).toEqual([]);
    talk.model.host({ action: 'port', port: 1, change: 'open' });
    talk.wait();
    expect(talk.broken()).toEqual([TOLD]);
  });

  it('is the last state, if the device leaves out those before: nothing more is owed', () => {
    const talk = begun();
    for (const change of ['close', 'open', 'close'] as const) talk.model.host({ action: 'port', port: 1, change });
    talk.hear(1, ControlEvent.PORT_OPEN, 0);
    for (const cols of [100, 120, 100]) talk.model.host({ action: 'resize-console', cols, rows: 40 });
    talk.hear(0, ControlEvent.RESIZE, 0, [100, 0, 40, 0]);
    talk.wait();
    expect(talk.broken()).toEqual([]);
  });

  it('is owed once for a size that the host sets twice', () => {
    const talk = begun();
    for (let i = 0; i < 2; i++) talk.model.host({ action: 'resize-console', cols: 100, rows: 40 });
    talk.hear(0, ControlEvent.RESIZE, 0, [100, 0, 40, 0]);
    talk.wait();
    expect(talk.broken()).toEqual([]);
  });

  it('is not owed while the device is suspended, or after the host broke it', () => {
    for (const stopped of [true, false]) {
      const talk = new Talk();
      const spare = [talk.buffer(), talk.buffer()];
      talk.say(0, ControlEvent.DEVICE_READY);
      if (stopped) talk.model.driverWrote('status', 0x10);
      else talk.model.host({ action: 'break-device' });
      talk.model.mustComplete(spare[0]);
      talk.model.settled(true);
      expect(talk.broken()).toEqual([]);
      if (!stopped) continue;
      talk.model.driverWrote('status', 0x0f);
      talk.model.settled(true);
      expect(talk.broken()).toEqual(['untagged.console.4']);
    }
  });

  it('follows the host: an end that was pulled cannot be opened', () => {
    const talk = begun();
    talk.say(1, ControlEvent.PORT_OPEN);
    talk.model.host({ action: 'port', port: 1, change: 'remove' });
    talk.model.host({ action: 'port', port: 1, change: 'open' });
    const output = fakeChain(5, [Uint8Array.of(1)], []);
    talk.model.exposed(output);
    talk.model.completed(output, 0);
    talk.model.settled(true);
    talk.model.host({ action: 'console-output', port: 1, bytes: [] });
    expect(talk.broken()).toEqual([]);
  });

  it('follows the host: ports that are pulled', () => {
    const talk = begun();
    talk.model.host({ action: 'port', port: 1, change: 'remove' });
    talk.hear(1, ControlEvent.DEVICE_REMOVE);
    talk.wait();
    expect(talk.broken()).toEqual([]);
    talk.model.host({ action: 'port', port: 0, change: 'remove' });
    talk.wait();
    expect(talk.broken()).toEqual([TOLD]);
  });

  it('follows the host: the size, columns first', () => {
    const talk = begun();
    talk.model.host({ action: 'resize-console', cols: 100, rows: 40 });
    talk.hear(0, ControlEvent.RESIZE, 0, [100, 0, 40, 0]);
    expect(talk.broken()).toEqual([]);
    talk.model.host({ action: 'resize-console', cols: 120, rows: 50 });
    talk.hear(0, ControlEvent.RESIZE, 0, [50, 0, 120, 0]);
    expect(talk.broken()).toEqual([TOLD]);
    talk.model.host({ action: 'resize-console', cols: 90, rows: 30 });
    talk.wait();
    expect(talk.broken()).toEqual([TOLD]);
  });
});
