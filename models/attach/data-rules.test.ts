import { describe, expect, it } from 'vitest';
import type { AttachEvent } from './events.ts';
import type { DeviceType } from './setup.ts';
import { ScriptedDriver, type Part } from './testing/scripted-driver.ts';

const RULES = [
  'netbsd.output-unchanged',
  'netbsd.input-unchanged',
  'netbsd.device-told',
  'netbsd.transfer-whole',
  'netbsd.result-told',
  'net.driver.device-configuration-layout.3',
];
const BUFFERS = 0x8000;

/** Only what the rules about data find. */
class Driver extends ScriptedDriver {
  broken(): readonly string[] {
    return this.findings()
      .map(({ clause }) => clause)
      .filter((id) => RULES.includes(id));
  }
}

describe('output', () => {
  const send = (sent: readonly number[], outcome = 'queued'): readonly string[] => {
    const driver = new Driver('9p').queue(0);
    driver.submit({ work: 'output' }, outcome, () => {
      driver.given(1, 2, 3).store(BUFFERS, sent);
      if (sent.length > 0) driver.handOver(0, 0, [{ address: BUFFERS, length: sent.length }]);
    });
    return driver.broken();
  };

  it('reaches the device as it is', () => {
    expect(send([1, 2, 3])).toEqual([]);
    expect(send([], 'retry')).toEqual([]);
    for (const other of [[1, 2], [3, 2, 1], [1, 2, 3, 0], []]) expect(send(other)).toEqual(['netbsd.output-unchanged']);
  });

  it('stands behind the header of a packet', () => {
    const driver = new Driver('net').queue(1);
    const short = 10;
    driver.submit({ work: 'output' }, 'queued', () => {
      driver.given(1, 2, 3).store(BUFFERS + short, [1, 2, 3]);
      driver.handOver(1, 0, [{ address: BUFFERS, length: short + 3 }]);
    });
    expect(driver.broken()).toEqual([]);
  });

  it('of a console is a stream, of which nothing is left behind', () => {
    const driver = new Driver('console').queue(0).queue(1, 2);
    driver.submit({ work: 'output' }, 'queued', () => {
      driver.given(1, 2, 3).store(BUFFERS, [1, 2, 3]);
      driver.handOver(1, 0, [{ address: BUFFERS, length: 2 }]).handOver(1, 1, [{ address: BUFFERS + 2, length: 1 }]);
    });
    expect(driver.broken()).toEqual([]);
    driver.submit({ work: 'output' }, 'queued', () => driver.given(4)).settled();
    // All slots are in use, so that the rest may be waiting for one; what the receive queue holds is no excuse.
    expect(driver.broken()).toEqual([]);
    driver.handOver(0, 0, [{ address: BUFFERS + 64, length: 64, writable: true }]);
    driver.take(1, 0, 0).call('dequeue_commit', { queue: 1, slot: 0 });
    expect(driver.settled().broken()).toEqual(['netbsd.output-unchanged']);
  });
});

describe('input', () => {
  const receive = (length: number, ...handed: readonly number[]): readonly string[] => {
    const driver = new Driver('rng').queue(0).handOver(0, 0, [{ address: BUFFERS, length: 4, writable: true }]);
    driver.store(BUFFERS, [5, 6, 7, 8], 'device-store').take(0, 0, length);
    if (handed.length > 0) driver.handed(...handed);
    return driver.settled().broken();
  };

  it('is handed on as it came', () => {
    expect(receive(3, 5, 6, 7)).toEqual([]);
    expect(receive(9, 5, 6, 7, 8)).toEqual([]);
  });

  it.each([[[5, 6]], [[6, 5, 7]], [[5, 6, 7, 8]], [[]]])('and not as %j', (handed) => {
    expect(receive(3, ...handed)).toContain('netbsd.input-unchanged');
  });

  it('of a reply may be read in parts, or not at all', () => {
    const driver = new Driver('9p').queue(0).handOver(0, 0, [{ address: BUFFERS, length: 4, writable: true }]);
    driver.store(BUFFERS, [5, 6, 7, 8], 'device-store').take(0, 0, 4);
    expect(driver.handed(5, 6).settled().broken()).toEqual([]);
    expect(driver.handed(7, 8).broken()).toEqual([]);
    expect(driver.handed(9).broken()).toEqual(['netbsd.input-unchanged']);
  });
});

describe('what a driver tells', () => {
  const read = (
    type: DeviceType,
    what: string,
    fields: Readonly<Record<string, number>>,
    value: string,
    before: readonly AttachEvent[] = [],
  ) => {
    const driver = new Driver(type).queue(0, 16);
    driver.events.unshift(...before);
    for (const [field, held] of Object.entries(fields)) {
      const [offset, size] = field.split('/').map(Number);
      driver.call('read_config', { offset, size }, { value: held });
    }
    return driver.told(what, value).broken();
  };

  it('is what it has read', () => {
    expect(read('9p', 'tag', { '0/2': 2, '2/1': 104, '3/1': 105 }, 'hi')).toEqual([]);
    expect(read('9p', 'tag', { '0/2': 2, '2/1': 104, '3/1': 105 }, 'h')).toEqual(['netbsd.device-told']);
    expect(read('scsi', 'openings', { '12/4': 3 }, '3')).toEqual([]);
    expect(read('scsi', 'openings', { '12/4': 300 }, '16')).toEqual([]);
    expect(read('scsi', 'openings', { '12/4': 300 }, '300')).toEqual(['netbsd.device-told']);
    expect(read('scsi', 'last unit', { '32/4': 9 }, '9')).toEqual([]);
    expect(read('scsi', 'last unit', {}, '9')).toEqual(['netbsd.device-told']);
  });

  it('of sectors is their size, or 512 where the device does not say', () => {
    const accepted = (word: number): AttachEvent[] => [
      { kind: 'register', access: 'write', area: 'mmio', ...{ offset: 0x24, size: 4, raw: 0, seen: 0 } },
      { kind: 'register', access: 'write', area: 'mmio', ...{ offset: 0x20, size: 4, raw: word, seen: word } },
    ];
    const said = { '20/4': 4096 };
    expect(read('blk', 'sector size', said, '4096', accepted(1 << 6))).toEqual([]);
    expect(read('blk', 'sector size', said, '512', accepted(1 << 6))).toEqual(['netbsd.device-told']);
    expect(read('blk', 'sector size', {}, '512', accepted(1 << 6))).toEqual(['netbsd.device-told']);
    expect(read('blk', 'sector size', {}, '512')).toEqual([]);
    expect(read('blk', 'sector size', {}, '4096')).toEqual(['netbsd.device-told']);
  });

  it('of an address is that of the device, or one of its own', () => {
    const accepted = (word: number): AttachEvent[] =>
      [[0x24, 0] as const, [0x20, word] as const].map(([offset, raw]) => ({
        kind: 'register',
        access: 'write',
        area: 'mmio',
        ...{ offset, size: 4, raw, seen: raw },
      }));
    const mac = { '0/1': 2, '1/1': 0, '2/1': 0, '3/1': 0, '4/1': 0, '5/1': 0x1f };
    expect(read('net', 'mac', mac, '02:00:00:00:00:1f', accepted(1 << 5))).toEqual([]);
    expect(read('net', 'mac', mac, '02:00:00:00:00:1e', accepted(1 << 5))).toEqual([
      'net.driver.device-configuration-layout.3',
    ]);
    expect(read('net', 'mac', {}, 'b2:00:00:00:00:01')).toEqual([]);
    expect(read('net', 'mac', {}, '00:00:00:00:00:01')).toEqual(['netbsd.device-told']);
  });
});

describe('transfers', () => {
  const HEADER: Part = { address: BUFFERS, length: 16 };
  const STATUS: Part = { address: BUFFERS + 16, length: 1, writable: true };
  const DATA = 0x1_0000;
  const read = (data: readonly Part[], length = 1024, sector = 3, outcome = 'queued', status = 0, operation = 0) => {
    const driver = new Driver('blk', { segMax: 4, sizeMax: 512 }).queue(0);
    driver.store(BUFFERS, [operation, 0, 0, 0]).store(BUFFERS + 8, [sector, 0, 0, 0]);
    const facts = { work: 'transfer', write: false, length, misalign: 64, block: 3 };
    driver.submit(facts, outcome, () => {
      driver.handOver(0, 0, [HEADER, ...data, STATUS]);
      if (outcome !== 'queued') driver.store(STATUS.address, [status], 'device-store').take(0, 0, 1);
    });
    return driver;
  };
  const part = (offset: number, length = 512): Part => ({ address: DATA + 64 + offset, length, writable: true });
  const whole = [part(0), part(512)];

  it('carry the whole buffer, in order, for the sectors asked for', () => {
    expect(read(whole).broken()).toEqual([]);
    // As much as the limits allow: four pieces of 512 bytes.
    expect(read([...whole, part(1024), part(1536)], 4096).broken()).toEqual([]);
  });

  it.each([
    ['half of it', [part(0)]],
    ['parts in disorder', [part(512), part(0)]],
    ['a gap', [part(0), part(1024)]],
    ['another place', [part(32), part(544)]],
    ['no whole sectors', [part(0), part(512, 511)]],
    ['too much', [...whole, part(1024)]],
    ['the wrong way', whole.map((one) => ({ ...one, writable: false }))],
  ])('do not carry %s', (_, data) => {
    expect(read(data).broken()).toEqual(['netbsd.transfer-whole']);
  });

  it('name the sector', () => {
    expect(read(whole, 1024, 4).broken()).toEqual(['netbsd.transfer-whole']);
  });

  it('are what was asked for', () => {
    expect(read(whole, 1024, 3, 'queued', 0, 1).broken()).toEqual(['netbsd.transfer-whole']);
  });

  it.each([
    ['of as much as was asked for', 1024, 1, []],
    ['of less', 512, 1, ['netbsd.transfer-whole']],
    ['of more', 1536, 1, ['netbsd.transfer-whole']],
    ['that reads', 1024, 0, ['netbsd.transfer-whole']],
  ])('may be a dump %s', (_, length, operation, broken) => {
    const driver = new Driver('blk', { segMax: 4, sizeMax: 4096 }).queue(0);
    driver.store(BUFFERS, [operation, 0, 0, 0]).store(BUFFERS + 8, [0, 0, 0, 0]);
    const data: Part = { address: DATA, length };
    driver.call('dump', { length: 1024 }, { outcome: 'done' }, () => driver.handOver(0, 0, [HEADER, data, STATUS]));
    expect(driver.broken()).toEqual(broken);
  });

  it('have no more segments than their queue was made for', () => {
    const limits = (maxNSegs: number): readonly string[] =>
      new ScriptedDriver('blk')
        .queue(0, 8, { maxNSegs })
        .handOver(0, 0, [HEADER, ...whole, STATUS])
        .owed('netbsd.segment-limits');
    expect(limits(4)).toEqual([]);
    expect(limits(3)).toEqual(['no more than the 3 segments that the queue was made for']);
  });

  it('name a disk only where it has told its name', () => {
    const named = (status: number): readonly string[] => {
      const driver = new ScriptedDriver('blk').queue(0);
      driver.handOver(0, 0, [HEADER, { address: DATA, length: 20, writable: true }, STATUS]);
      driver.store(STATUS.address, [status], 'device-store').take(0, 0, 21);
      return driver.call('identify', { address: DATA, length: 20, kept: '' }).owed('netbsd.identity-whole');
    };
    expect(named(0)).toEqual([]);
    expect(named(2)).toEqual(['a name that the device has told']);
  });

  it('are called what the device has made of them', () => {
    expect(read(whole, 1024, 3, 'done').broken()).toEqual([]);
    expect(read(whole, 1024, 3, 'failed', 1).broken()).toEqual([]);
    expect(read(whole, 1024, 3, 'done', 1).broken()).toEqual(['netbsd.result-told']);
    expect(read(whole, 1024, 3, 'failed').broken()).toEqual(['netbsd.result-told']);
  });

  it.each([
    [0, 'ok', []],
    [2, 'error', []],
    [2, 'timeout', []],
    [2, 'ok', ['netbsd.result-told']],
    [0, 'error', ['netbsd.result-told']],
  ])('with status %i end %s', (status, result, broken) => {
    const driver = new Driver('scsi').queue(2);
    const response: Part = { address: BUFFERS + 0x100, length: 108, writable: true };
    driver.handOver(2, 0, [{ address: BUFFERS, length: 51 }, response]);
    driver.store(response.address + 10, [status, 0], 'device-store').take(2, 0, 108);
    driver.call('done', { transfer: 1, result });
    expect(driver.broken()).toEqual(broken);
  });
});
