import { describe, expect, it } from 'vitest';
import type { Facts } from './events.ts';
import type { DeviceType } from './setup.ts';
import { ScriptedDriver } from './testing/scripted-driver.ts';

const ACCEPTED = 'netbsd.requests-accepted';
const IGNORED = ['work for an idle driver is taken'];
const ACTUAL = 4;

const attached = (type: DeviceType): ScriptedDriver =>
  new ScriptedDriver(type).call('child_attach', {}, { attached: true });

describe('pages of a balloon', () => {
  const driver = (actual?: number): ScriptedDriver => {
    const balloon = attached('balloon');
    return actual === undefined ? balloon : balloon.call('write_config', { offset: ACTUAL, size: 4, value: actual });
  };
  const ignored = (pages: number, on: ScriptedDriver): readonly string[] =>
    on.submit({ work: 'balloon', pages }, 'none').owed(ACCEPTED);

  it('are handed over when asked for', () => {
    expect(ignored(1, driver())).toEqual(IGNORED);
    expect(ignored(0, driver(3))).toEqual([]);
  });

  it('come out again, as many as there are', () => {
    expect(ignored(-3, driver(3))).toEqual(IGNORED);
    expect(ignored(-1, driver(3))).toEqual(IGNORED);
    expect(ignored(-4, driver(3))).toEqual([]);
    expect(ignored(-1, driver())).toEqual([]);
  });

  it('are gone with the driver', () => {
    const gone = driver(3).call('child_detach', {}).call('child_attach', {}, { attached: true });
    expect(ignored(-3, gone)).toEqual([]);
  });

  it('are told of in a field of their own', () => {
    expect(ignored(-3, attached('balloon').call('write_config', { offset: 0, size: 4, value: 3 }))).toEqual([]);
  });
});

describe('a network interface', () => {
  const ORDER = 'netbsd.call-order';
  const DOWN = 'packets of an interface that is up';
  const BUFFER = { address: 0x8000, length: 64 };
  const send = (driver: ScriptedDriver, queue = 1): boolean =>
    driver.queue(queue).handOver(queue, 0, [BUFFER]).owed(ORDER).includes(DOWN);

  it('sends only while it is up', () => {
    expect(send(attached('net'))).toBe(true);
    expect(send(attached('net').call('reinit_start', {}, { failed: 0 }))).toBe(true);
    expect(send(attached('net').call('reinit_end', {}))).toBe(false);
    expect(send(attached('net').call('reinit_end', {}).call('device_reset', {}))).toBe(true);
  });

  it('may fill its receive queue before', () => {
    expect(send(attached('net').call('reinit_start', {}, { failed: 0 }), 0)).toBe(false);
  });

  it('is the only one to come up', () => {
    expect(send(attached('console'))).toBe(false);
  });
});

describe('an idle disk', () => {
  const PAGE = 4096;
  const driver = (openings?: string): ScriptedDriver => {
    const disk = attached('scsi').queue(2, 4);
    return openings === undefined ? disk : disk.told('openings', openings);
  };
  const ignored = (facts: Facts, on = driver('1')): readonly string[] =>
    on.submit({ work: 'transfer', misalign: 0, ...facts }, 'none').owed(ACCEPTED);

  it('takes what its queue has descriptors for', () => {
    for (const length of [512, PAGE, 2 * PAGE]) expect(ignored({ length })).toEqual(IGNORED);
    expect(ignored({ length: 2 * PAGE - 64, misalign: PAGE + 64 })).toEqual(IGNORED);
    expect(ignored({ length: 2 * PAGE + 512 })).toEqual([]);
    expect(ignored({ length: 2 * PAGE, misalign: 64 })).toEqual([]);
  });

  it('may ignore what is no sector, and everything where it has no openings', () => {
    expect(ignored({ length: 511 })).toEqual([]);
    expect(ignored({ length: 512 }, driver('0'))).toEqual([]);
    expect(ignored({ length: 512 }, driver())).toEqual([]);
  });

  it('is asked for no more than MAXPHYS at once', () => {
    const large = attached('scsi').queue(2, 18).told('openings', '1');
    expect(ignored({ length: 1 << 20 }, large)).toEqual(IGNORED);
  });

  it('may put off what comes while it is busy', () => {
    const busy = driver('2').handOver(2, 0, [{ address: 0x8000, length: 64 }]);
    expect(ignored({ length: 512 }, busy)).toEqual([]);
  });
});

describe('interrupts that are stopped', () => {
  const AVAIL = 0x2000;
  const NUM = 4;
  const USED_EVENT = AVAIL + 4 + 2 * NUM;
  const EVENT_IDX = 1 << 29;
  const word = (value: number): number[] => [value & 0xff, value >> 8];
  const stopped = (at: number, value: number, features = 0): readonly string[] => {
    const on = attached('console').queue(0, NUM, { avail: AVAIL });
    on.write(0x24, 0).write(0x20, features).write(0x30, 0).write(0x38, NUM).write(0x44, 1);
    return on
      .call('stop_vq_intr', { queue: 0 }, {}, () => void on.store(at, word(value)))
      .owed('netbsd.interrupts-stopped');
  };
  const OWED = ['a device that is told to send no interrupts'];

  it('are asked for no more', () => {
    expect(stopped(AVAIL, 1)).toEqual([]);
    expect(stopped(AVAIL, 0)).toEqual(OWED);
    expect(stopped(USED_EVENT, 0x8000)).toEqual(OWED);
  });

  it('lie far ahead with event indexes', () => {
    expect(stopped(USED_EVENT, 0x8000, EVENT_IDX)).toEqual([]);
    expect(stopped(USED_EVENT, 0, EVENT_IDX)).toEqual(OWED);
    expect(stopped(AVAIL, 1, EVENT_IDX)).toEqual(OWED);
  });
});

/** Its child has attached by the book, so that it is owed what finished ones are. */
const finished = (type: DeviceType, features = 0): ScriptedDriver => {
  const driver = new ScriptedDriver(type).call('bus_attach', {}, { found: true });
  driver.write(0x24, 0).write(0x20, features);
  return driver.call('child_attach', {}, { attached: true }, () => {
    driver.call('child_attach_start', {}).queue(0).call('child_attach_finish', { count: 1 }, { failed: 0 });
  });
};

describe('a console', () => {
  const TOLD = 'netbsd.device-told';
  const served = (driver: ScriptedDriver): readonly string[] =>
    // The device has used a buffer.
    driver.store(0x3002, [1, 0], 'device-store').settled().owed('netbsd.completions-served');

  it('with a size tells it', () => {
    expect(finished('console').owed(TOLD)).toEqual([]);
    expect(finished('console', 1).owed(TOLD)).toEqual([
      'what the driver has found out: columns',
      'what the driver has found out: rows',
    ]);
  });

  it.each(['output', 'flow', 'open'])('takes %s', (work) => {
    expect(finished('console').submit({ work }, 'none').owed(ACCEPTED)).toEqual(IGNORED);
    expect(finished('console').submit({ work }, 'queued').owed(ACCEPTED)).toEqual([]);
  });

  it('need not take input while it may not flow, and owes it once it may', () => {
    const stop = (): ScriptedDriver => finished('console').call('hwiflow', { stop: true });
    const owed = ['all 1 used buffers of queue 0 taken back'];
    expect(served(stop())).toEqual([]);
    expect(served(stop().call('hwiflow', { stop: false }))).toEqual(owed);
    const taken = (stop: boolean): readonly string[] =>
      finished('console').call('hwiflow', { stop }).take(0, 0, 1).owed('netbsd.call-order');
    expect(taken(true)).toEqual(['no input taken while it may not flow']);
    expect(taken(false)).toEqual([]);
    const wrong = (driver: ScriptedDriver) => () => driver.call('stop_vq_intr', { queue: 0 });
    const stopped = stop();
    expect(served(stopped.call('hwiflow', { stop: false }, {}, wrong(stopped)))).toEqual(owed);
  });
});

describe('a disk', () => {
  const header = { address: 0x8000, length: 16 };
  const RO = 1 << 5;
  const request = (operation: number, features: number): ScriptedDriver =>
    finished('blk', features).store(0x8000, [operation, 0, 0, 0]).handOver(0, 0, [header]);
  const dump = (features: number, length: number, outcome: string): readonly string[] =>
    finished('blk', features).call('dump', { length }, { outcome }).owed(ACCEPTED);

  it('that cannot be written is not', () => {
    const ORDER = 'netbsd.call-order';
    expect(request(1, RO).owed(ORDER)).toEqual(['no write for a read-only disk']);
    expect(request(0, RO).owed(ORDER)).toEqual([]);
    expect(request(1, 0).owed(ORDER)).toEqual([]);
  });

  it('takes a dump, if of a sector and if it can be written', () => {
    expect(dump(0, 512, 'none')).toEqual(['a dump to a disk that can be written is taken']);
    expect(dump(0, 512, 'done')).toEqual([]);
    expect(dump(0, 511, 'none')).toEqual([]);
    expect(dump(RO, 512, 'none')).toEqual([]);
  });

  it('is told of every request', () => {
    const published = (count: number): readonly string[] =>
      request(0, 0).store(0x2002, [count, 0]).settled().owed('netbsd.descriptor-accounting');
    expect(published(1)).toEqual([]);
    expect(published(0)).toEqual(['all 1 requests of queue 0 published that were committed']);
  });
});
