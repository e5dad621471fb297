import { describe, expect, it } from 'vitest';
import type { DeviceModel } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { fakeChain, features } from '../testing/fake-chain.ts';
import { bench, bytes, le32, type Bench } from '../testing/wire-bench.ts';
import { wireFactsOf } from './index.ts';

const VERSION_1 = 32;

describe('network messages', () => {
  const NET = 1;
  const HEADER = 12;
  const start = (transport?: JudgeSetup['transport'], ...accepted: number[]): Bench => {
    const made = bench(NET, transport, { loop: true });
    made.model.featuresFixed(features(...accepted));
    return made;
  };

  it('take a header without offloads and a frame', () => {
    const { model, broken } = start(undefined, VERSION_1);
    model.exposed(fakeChain(1, [bytes(HEADER), bytes(60)], []));
    model.exposed(fakeChain(0, [], [HEADER, 1514]));
    expect(broken()).toEqual([]);
  });

  it.each([
    ['flags', 0, 'net.driver.packet-transmission.3'],
    ['gso_type', 1, 'net.driver.packet-transmission.31'],
    ['num_buffers', 10, 'net.driver.packet-transmission.2'],
  ])('have %s 0', (_, at, clause) => {
    const { model, broken } = start(undefined, VERSION_1);
    model.exposed(fakeChain(1, [bytes(HEADER, { [at]: 1 }), bytes(60)], []));
    expect(broken()).toEqual([clause]);
  });

  it('go the right way, and leave room for a frame', () => {
    const { model, broken } = start(undefined, VERSION_1);
    model.exposed(fakeChain(1, [bytes(HEADER)], [60]));
    model.exposed(fakeChain(0, [bytes(HEADER)], [1514]));
    model.exposed(fakeChain(0, [], [HEADER + 1513]));
    expect(broken()).toEqual([
      'untagged.net.1',
      'untagged.net.1',
      'net.driver.setting-up-receive-buffers.2',
      'net.driver.setting-up-receive-buffers.2',
    ]);
  });

  it('have their header in a descriptor of its own on legacy devices without ANY_LAYOUT', () => {
    const { model, broken } = start('mmio-v1');
    model.exposed(fakeChain(1, [bytes(10), bytes(60)], []));
    expect(broken()).toEqual([]);
    model.exposed(fakeChain(1, [bytes(70)], []));
    expect(broken()).toEqual(['net.driver.legacy-framing-requirements.1']);
  });

  it('come back from a loop, in one buffer each', () => {
    const { model, broken } = start(undefined, VERSION_1);
    model.exposed(fakeChain(1, [bytes(HEADER), bytes(60, { 5: 9 })], []));
    const receive = (at: Readonly<Record<number, number>>): void => {
      const chain = fakeChain(0, [], [HEADER + 1514]);
      model.exposed(chain);
      chain.in.set(bytes(HEADER + 60, at));
      model.completed(chain, HEADER + 60);
    };
    receive({ 10: 1, [HEADER + 5]: 9 });
    expect(broken()).toEqual([]);
    receive({ 10: 1, [HEADER + 5]: 9 });
    expect(broken()).toEqual(['untagged.net.2']);
    receive({ 10: 0 });
    expect(broken()).toEqual(['net.device.processing-of-incoming-packets.1', 'untagged.net.2']);
  });

  it('need the address, which stays the device’s', () => {
    const { model, broken } = bench(NET);
    model.offered?.(features(5));
    model.featuresFixed(features());
    model.configWritten(0, 1, 2);
    expect(broken()).toEqual(['net.driver.device-configuration-layout.2', 'net.driver.device-configuration-layout.1']);
  });
});

describe('balloon messages', () => {
  const BALLOON = 5;
  const pages = (queue: number, ...numbers: number[]) => fakeChain(queue, [le32(...numbers)], []);

  it('put pages in once and take out what is in', () => {
    const { model, broken } = bench(BALLOON);
    const inflated = pages(0, 7, 8);
    model.exposed(inflated);
    model.completed(inflated, 0);
    model.configWritten(4, 4, 2);
    const deflated = pages(1, 8);
    model.exposed(deflated);
    model.completed(deflated, 0);
    model.configWritten(4, 4, 1);
    model.settled(true);
    expect(broken()).toEqual([]);
    model.exposed(pages(0, 7));
    model.exposed(pages(0, 9, 9));
    model.exposed(pages(1, 8));
    expect(broken()).toEqual(['untagged.balloon.2', 'untagged.balloon.2', 'untagged.balloon.2']);
  });

  it('wait for the acknowledgement', () => {
    const { model, broken } = bench(BALLOON);
    model.exposed(pages(0, 7));
    model.exposed(pages(1, 7));
    expect(broken()).toEqual(['balloon.driver.device-operation.10']);
  });

  it('are arrays of page numbers that the device reads', () => {
    const { model, broken } = bench(BALLOON);
    model.exposed(fakeChain(0, [bytes(6)], []));
    model.exposed(fakeChain(0, [], [8]));
    expect(broken()).toEqual(['untagged.balloon.1', 'untagged.balloon.1']);
  });

  it.each([
    ['nothing', undefined],
    ['too few', 1],
    ['too many', 3],
  ])('are followed by the size, not by %s', (_, size) => {
    const { model, broken } = bench(BALLOON);
    const inflated = pages(0, 7, 8);
    model.exposed(inflated);
    if (size !== undefined) model.configWritten(4, 4, size);
    model.completed(inflated, 0);
    model.settled(true);
    expect(broken()).toContain('balloon.driver.device-operation.11');
  });

  it('report the size of a legacy balloon at once', () => {
    const { model, broken } = bench(BALLOON, 'mmio-v1');
    model.configWritten(4, 4, 0);
    expect(broken()).toEqual([]);
    model.configWritten(4, 2, 0);
    expect(broken()).toEqual(['balloon.driver.legacy-device-operation.2']);
  });
});

describe('SCSI messages', () => {
  const SCSI = 8;
  const HEADER = 51;
  const RESPONSE = 108;
  const CDB = 19;
  const command = (set: Readonly<Record<number, number>> = {}): Uint8Array =>
    bytes(HEADER, { 0: 1, [CDB]: 0x28, [CDB + 8]: 1, ...set });

  it('name a unit, and move what the command moves', () => {
    const { model, broken } = bench(SCSI);
    model.exposed(fakeChain(2, [command()], [RESPONSE, 512]));
    model.exposed(fakeChain(2, [command({ [CDB]: 0x2a }), bytes(512)], [RESPONSE]));
    expect(broken()).toEqual([]);
  });

  it.each([
    ['a unit without its mark', { 0: 0 }, 'untagged.scsi.2'],
    ['a unit with something behind it', { 7: 1 }, 'untagged.scsi.2'],
    ['a task attribute', { 16: 1 }, 'scsi.driver.device-operation-request-queues.1'],
    ['more blocks than there is room for', { [CDB + 8]: 2 }, 'untagged.scsi.1'],
  ])('do not have %s', (_, set, clause) => {
    const { model, broken } = bench(SCSI);
    model.exposed(fakeChain(2, [command(set)], [RESPONSE, 512]));
    expect(broken()).toEqual([clause]);
  });

  it('leave room for a response', () => {
    const { model, broken } = bench(SCSI);
    model.exposed(fakeChain(2, [command()], [RESPONSE - 96]));
    expect(broken()).toEqual(['untagged.scsi.1']);
  });

  it('stay within what a unit takes', () => {
    const { model, broken } = bench(SCSI, 'mmio-v2', { config: { cmd_per_lun: 1 } });
    const first = fakeChain(2, [command()], [RESPONSE, 512]);
    model.exposed(first);
    first.in.set(bytes(RESPONSE));
    model.completed(first, RESPONSE + 512);
    model.exposed(fakeChain(2, [command()], [RESPONSE, 512]));
    expect(broken()).toEqual([]);
    model.exposed(fakeChain(2, [command()], [RESPONSE, 512]));
    expect(broken()).toEqual(['untagged.scsi.3']);
  });

  it('leave all sizes but two alone', () => {
    const { model, broken } = bench(SCSI);
    model.configWritten(20, 4, 96);
    model.configWritten(24, 4, 32);
    expect(broken()).toEqual([]);
    model.configWritten(12, 4, 1);
    model.configWritten(28, 2, 1);
    expect(broken()).toEqual(Array(2).fill('scsi.driver.device-configuration-layout.1'));
  });

  it('have parts in descriptors of their own on legacy devices, and event buffers their size', () => {
    const { model, broken } = bench(SCSI, 'mmio-v1');
    model.exposed(fakeChain(2, [command().subarray(0, 20), command().subarray(20)], [RESPONSE + 512]));
    model.exposed(fakeChain(1, [bytes(1)], [15]));
    expect(broken()).toEqual([
      'scsi.driver.legacy-framing-requirements.1',
      'scsi.driver.legacy-framing-requirements.2',
      'scsi.driver.device-operation-eventq.2',
      'scsi.driver.device-operation-eventq.4',
    ]);
  });
});

describe('GPU messages', () => {
  const GPU = 16;
  const NO_DATA = 24;
  const INFO = 408;
  const FENCE = 5;
  const command = (type: number, ...words: readonly number[]): Uint8Array => le32(type, 1, FENCE, 0, 0, 0, ...words);
  const CREATE = command(0x101, 1, 2, 64, 32);
  const ATTACH = command(0x106, 1, 1, 0x1000, 0, 64 * 32 * 4, 0);
  const AREA = [0, 0, 64, 32];

  function send(model: DeviceModel, bytes: Uint8Array, answer = le32(0x1100, 1, FENCE, 0, 0, 0)): void {
    const chain = fakeChain(0, [bytes], [INFO]);
    model.exposed(chain);
    chain.in.set(answer);
    model.completed(chain, answer.length);
  }

  it('set a screen up and show it', () => {
    const { model, broken } = bench(GPU);
    const info = new Uint8Array(INFO);
    info.set(le32(0x1101, 1, FENCE, 0, 0, 0, ...AREA, 1, 0));
    send(model, command(0x100), info);
    for (const one of [CREATE, ATTACH, command(0x103, ...AREA, 0, 1)]) send(model, one);
    send(model, command(0x105, ...AREA, 0, 0, 1, 0));
    send(model, command(0x104, ...AREA, 1, 0));
    expect(broken()).toEqual([]);
    send(model, command(0x103, 0, 0, 63, 32, 0, 1));
    expect(broken()).toEqual(['gpu.driver.device-initialization.1']);
  });

  it.each([
    ['a resource that is not there', [command(0x103, ...AREA, 0, 1)]],
    ['a resource twice', [CREATE, CREATE]],
    ['resource 0', [command(0x101, 0, 2, 64, 32)]],
    ['a format that there is not', [command(0x101, 1, 5, 64, 32)]],
    ['memory twice', [CREATE, ATTACH, ATTACH]],
    ['a transfer without memory', [CREATE, command(0x105, ...AREA, 0, 0, 1, 0)]],
    ['a transfer at another place', [CREATE, ATTACH, command(0x105, 0, 1, 64, 31, 0, 0, 1, 0)]],
    ['an area outside', [CREATE, command(0x104, 1, 0, 64, 32, 1, 0)]],
  ])('do not use %s', (_, commands) => {
    const { model, broken } = bench(GPU);
    for (const one of commands) send(model, one);
    expect(broken()).toEqual(['untagged.gpu.2']);
  });

  it('are whole, with room for an answer', () => {
    const { model, broken } = bench(GPU);
    model.exposed(fakeChain(0, [CREATE.subarray(0, -4)], [NO_DATA]));
    model.exposed(fakeChain(0, [CREATE], [NO_DATA - 1]));
    model.exposed(fakeChain(0, [command(0x100)], [NO_DATA]));
    model.exposed(fakeChain(0, [command(0x999)], [NO_DATA]));
    expect(broken()).toEqual(Array(4).fill('untagged.gpu.1'));
  });

  it.each([
    ['type', le32(0x1101, 1, FENCE, 0, 0, 0)],
    ['flag', le32(0x1100, 0, FENCE, 0, 0, 0)],
    ['fence', le32(0x1100, 1, FENCE + 1, 0, 0, 0)],
    ['length', le32(0x1100, 1, FENCE)],
  ])('are answered with the right %s', (_, answer) => {
    const { model, broken } = bench(GPU);
    send(model, CREATE, answer);
    expect(broken()).toEqual(['untagged.gpu.3']);
  });

  it('may fail, and leave events_read alone', () => {
    const { model, broken } = bench(GPU);
    send(model, CREATE, le32(0x1200, 1, FENCE, 0, 0, 0));
    model.configWritten(4, 4, 1);
    expect(broken()).toEqual([]);
    model.configWritten(0, 4, 1);
    expect(broken()).toEqual(['gpu.driver.device-configuration-fields-info.1']);
  });
});

describe('wireFactsOf', () => {
  it('knows the fields of some types', () => {
    expect(wireFactsOf(9).configFields.length).toBeGreaterThan(2);
    expect(wireFactsOf(12)).toMatchObject({ deviceId: 12, opaqueConfig: true });
  });
});
