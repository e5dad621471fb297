/** What devices answer with, where targets declare what they are. */
import { describe, expect, it } from 'vitest';
import { fakeChain, features } from '../testing/fake-chain.ts';
import { bench, bytes } from '../testing/wire-bench.ts';

describe('a SCSI disk', () => {
  const HEADER = 51;
  const RESPONSE = 108;
  const CDB = 19;
  const READ = 0x28;
  const DISK = { blocks: 8, numbered: true };
  const request = (block: number, unit = 0): Uint8Array =>
    bytes(HEADER, { 0: 1, 1: unit, [CDB]: READ, [CDB + 5]: block, [CDB + 8]: 1 });

  function answered(
    claims: Parameters<typeof bench>[2],
    asked: Uint8Array,
    answer: Readonly<Record<number, number>>,
    data: number,
    used = RESPONSE + 512,
  ): readonly (string | undefined)[] {
    const { model, broken } = bench(8, 'mmio-v2', claims);
    const chain = fakeChain(2, [asked], [RESPONSE, 512]);
    model.exposed(chain);
    chain.in.set(bytes(RESPONSE, answer));
    chain.in.fill(data, RESPONSE);
    model.completed(chain, used);
    return broken();
  }

  it('answers commands for its blocks', () => {
    expect(answered({ scsiDisk: DISK }, request(3), {}, 3)).toEqual([]);
    expect(answered({ scsiDisk: DISK }, request(8), { 10: 2 }, 0, RESPONSE)).toEqual([]);
    expect(answered({ scsiDisk: DISK }, request(3, 1), { 11: 3 }, 0, RESPONSE)).toEqual([]);
    expect(answered({ scsiDisk: { ...DISK, failEvery: 1 } }, request(3), { 10: 2 }, 0, RESPONSE)).toEqual([]);
    expect(answered({}, request(3), { 10: 2 }, 9)).toEqual([]);
  });

  it.each([
    ['other data', {}, 4, undefined],
    ['an error', { 10: 2 }, 0, RESPONSE],
    ['another response', { 11: 3 }, 3, undefined],
    ['a residual', { 4: 1 }, 3, undefined],
    ['sense data', { 0: 1 }, 3, undefined],
    ['fewer bytes', {}, 3, RESPONSE],
  ])('does not answer with %s', (_, answer, data, used) => {
    expect(answered({ scsiDisk: DISK }, request(3), answer, data, used)).toEqual(['untagged.scsi.4']);
  });

  it('refuses what it does not have', () => {
    expect(answered({ scsiDisk: DISK }, request(8), {}, 8)).toEqual(['untagged.scsi.4']);
    expect(answered({ scsiDisk: DISK }, request(3, 1), {}, 3)).toEqual(['untagged.scsi.4']);
  });

  it('is the target that was declared', () => {
    const second = { scsiDisk: { ...DISK, target: 1 } };
    expect(answered(second, request(3, 1), {}, 3)).toEqual([]);
    expect(answered(second, request(3), { 11: 3 }, 0, RESPONSE)).toEqual([]);
    expect(answered(second, request(3), { 11: 9 }, 0, RESPONSE)).toEqual(['untagged.scsi.4']);
    expect(answered(second, request(3), {}, 3)).toEqual(['untagged.scsi.4']);
  });

  it('fails a command for a unit that it has not, as SCSI has it or by its response', () => {
    const unit = (number: number): Uint8Array => {
      const asked = request(3);
      [asked[2], asked[3]] = [0x40 | (number >> 8), number & 0xff];
      return asked;
    };
    for (const number of [1, 0x100, 0x3f00]) {
      expect(answered({ scsiDisk: DISK }, unit(number), { 11: 3 }, 0, RESPONSE)).toEqual([]);
      expect(answered({ scsiDisk: DISK }, unit(number), { 10: 2 }, 0, RESPONSE)).toEqual([]);
      expect(answered({ scsiDisk: DISK }, unit(number), {}, 3)).toEqual(['untagged.scsi.4']);
    }
  });

  it('fails a command for what is no name of a unit', () => {
    const unmarked = request(3);
    unmarked[0] = 0;
    expect(answered({ scsiDisk: DISK }, unmarked, { 11: 3 }, 0, RESPONSE)).toEqual([MISNAMED]);
    expect(answered({ scsiDisk: DISK }, unmarked, {}, 3)).toEqual([MISNAMED, 'untagged.scsi.4']);
  });

  it('responds with what is defined', () => {
    expect(answered({}, request(3), { 11: 9 }, 0, RESPONSE)).toEqual([]);
    expect(answered({}, request(3), { 11: 10 }, 0, RESPONSE)).toEqual([
      'scsi.device.device-operation-request-queues.2',
    ]);
  });
});

const MISNAMED = 'untagged.scsi.2';

describe('the control queue of a SCSI host', () => {
  const [TMF, AN_QUERY] = [bytes(24, { 8: 1 }), bytes(16, { 0: 1, 4: 1 })];

  function controlled(asked: Uint8Array, room: number, answer: Readonly<Record<number, number>>, used = room) {
    const { model, broken } = bench(8);
    const chain = fakeChain(0, [asked], [room]);
    model.exposed(chain);
    const owed = model.mustComplete(chain);
    chain.in.set(bytes(room, answer));
    model.completed(chain, used);
    return { owed, broken: broken() };
  }

  it.each([0, 3, 10, 11, 12])('answers a function with a response of %d', (response) => {
    expect(controlled(TMF, 1, { 0: response })).toEqual({ owed: true, broken: [] });
  });

  it('answers a query with events and a response', () => {
    expect(controlled(AN_QUERY, 5, { 0: 0x7e, 4: 0 })).toEqual({ owed: true, broken: [] });
  });

  it.each([
    ['a function without an answer', TMF, 1, {}, 0],
    ['a function with a response that there is not', TMF, 1, { 0: 13 }, 1],
    ['a query with a response that there is not', AN_QUERY, 5, { 4: 10 }, 5],
    ['a query with events alone', AN_QUERY, 5, {}, 4],
  ])('does not answer %s', (_, asked, room, answer, used) => {
    expect(controlled(asked, room, answer, used)).toEqual({ owed: true, broken: ['untagged.scsi.5'] });
  });

  it.each([
    ['too short', bytes(23), 1],
    ['without room for a response', AN_QUERY, 4],
    ['of no type', bytes(24, { 0: 3 }), 5],
    ['without a type', bytes(2), 5],
  ])('owes nothing for a request that is %s', (_, asked, room) => {
    expect(controlled(asked, room, { 0: 255, 4: 255 })).toEqual({ owed: false, broken: [] });
  });
});

describe('the event queue of a SCSI host', () => {
  function told(
    room: number,
    event: Readonly<Record<number, number>>,
    used = 16,
    transport: 'mmio-v1' | 'mmio-v2' = 'mmio-v2',
  ) {
    const { model, broken } = bench(8, transport);
    const chain = fakeChain(1, [], [room]);
    model.exposed(chain);
    expect(model.mustComplete(chain)).toBe(false);
    broken();
    chain.in.set(bytes(room, event));
    model.completed(chain, used);
    return broken();
  }

  it('gives buffers back with an event, or whatever fits', () => {
    expect(told(16, { 0: 3 })).toEqual([]);
    expect(told(16, { 3: 0x80 })).toEqual([]);
    expect(told(8, { 0: 9 }, 8)).toEqual([]);
    expect(told(16, {}, 0, 'mmio-v1')).toEqual([]);
  });

  it('does not give them back without one', () => {
    expect(told(16, {}, 0)).toEqual(['untagged.scsi.6']);
    expect(told(16, { 0: 4 })).toEqual(['untagged.scsi.6']);
  });
});

describe('9P', () => {
  const message = bytes(9, { 0: 9, 4: 100, 5: 7 });
  function replied(reply: Readonly<Record<number, number>>, length: number, speaks = true) {
    const { model, broken } = bench(9, 'mmio-v2', { repliesIn9p: speaks });
    const chain = fakeChain(0, [message], [64]);
    model.exposed(chain);
    expect(model.mustComplete(chain)).toBe(true);
    chain.in.set(bytes(length, reply));
    model.completed(chain, length);
    return broken();
  }

  it('answers with a reply of the type, or an error', () => {
    expect(replied({ 0: 9, 4: 101, 5: 7 }, 9)).toEqual([]);
    expect(replied({ 0: 11, 4: 7, 5: 7, 7: 38 }, 11)).toEqual([]);
    expect(replied({}, 9, false)).toEqual([]);
  });

  it.each([
    ['another type', { 0: 9, 4: 103, 5: 7 }, 9],
    ['another tag', { 0: 9, 4: 101, 5: 8 }, 9],
    ['another size', { 0: 8, 4: 101, 5: 7 }, 9],
    ['no error', { 0: 11, 4: 7, 5: 7 }, 11],
    ['an error of another size', { 0: 12, 4: 7, 5: 7, 7: 38 }, 12],
    ['nothing', {}, 0],
  ])('does not answer with %s', (_, reply, length) => {
    expect(replied(reply, length)).toEqual(['untagged.p9.1']);
  });
});

describe('a network that is a loop', () => {
  it('may keep a frame until there is room, and brings it once, but not over a reset', () => {
    const { model, broken } = bench(1, 'mmio-v2', { loop: true });
    model.featuresFixed(features(32));
    const frame = bytes(60, { 5: 9 });
    const send = (): void => {
      model.exposed(fakeChain(1, [bytes(12), frame], []));
      model.settled(true);
    };
    const receive = (): void => {
      const chain = fakeChain(0, [], [12 + 1514]);
      model.exposed(chain);
      chain.in.set([...bytes(12, { 10: 1 }), ...frame]);
      model.completed(chain, 12 + frame.length);
    };
    send();
    receive();
    expect(broken()).toEqual([]);
    receive();
    expect(broken()).toEqual(['untagged.net.2']);
    send();
    model.reset();
    model.featuresFixed(features(32));
    receive();
    expect(broken()).toEqual(['untagged.net.2']);
  });

  it('answers commands where they were negotiated', () => {
    const { model } = bench(1, 'mmio-v2', { loop: true });
    const command = fakeChain(2, [bytes(2)], [1]);
    model.featuresFixed(features(32));
    expect(model.mustComplete(command)).toBe(false);
    model.featuresFixed(features(17, 32));
    expect(model.mustComplete(command)).toBe(true);
    expect(model.mustComplete(fakeChain(2, [bytes(2)], []))).toBe(false);
  });

  it('brings frames back where there is room', () => {
    const { model, broken } = bench(1, 'mmio-v2', { loop: true });
    model.featuresFixed(features(32));
    model.exposed(fakeChain(1, [bytes(72)], []));
    model.settled(true);
    expect(broken()).toEqual([]);
    const buffer = fakeChain(0, [], [12 + 1514]);
    model.exposed(buffer);
    model.exposed(fakeChain(1, [bytes(72)], []));
    model.settled(true);
    expect(broken()).toEqual(['untagged.net.2']);
    model.abandoned(buffer);
    model.exposed(fakeChain(1, [bytes(72)], []));
    model.settled(true);
    expect(broken()).toEqual([]);
  });
});
