import { describe, expect, it } from 'vitest';
import { ScriptedDriver } from './testing/scripted-driver.ts';

const BUFFERS = 0x8000;

describe('readers', () => {
  const DELIVERED = 'netbsd.reply-delivered';
  /** A reply of four bytes has come and was taken; so many of them were read. */
  const replied = (...read: readonly number[]): ScriptedDriver => {
    const driver = new ScriptedDriver('9p').queue(0);
    driver.handOver(0, 0, [{ address: BUFFERS, length: 4, writable: true }]);
    driver.store(BUFFERS, [5, 6, 7, 8], 'device-store').take(0, 0, 4);
    // As the device's index says, too.
    driver.store(0x3002, [1, 0], 'device-store');
    return driver.handed(...read);
  };

  it('are refused only where nothing is left to be read', () => {
    expect(replied(5, 6, 7, 8).submit({ work: 'input' }, 'rejected').owed(DELIVERED)).toEqual([]);
    for (const read of [[], [5, 6]]) {
      expect(
        replied(...read)
          .submit({ work: 'input' }, 'rejected')
          .owed(DELIVERED),
      ).toEqual(['the reply that has come']);
    }
    expect(replied().submit({ work: 'input' }, 'none').owed(DELIVERED)).toEqual([]);
  });
});

describe('opening a device', () => {
  const AFRESH = 'netbsd.open-starts-afresh';
  const OWED = ['a device that nobody uses is opened'];
  const open = { work: 'open' };
  const opened = (driver: ScriptedDriver): ScriptedDriver =>
    driver.submit(open, 'done', () => driver.call('open', { unit: 0 }, { found: 0 }));
  const driver = (): ScriptedDriver => new ScriptedDriver('9p');

  it('opens it, unless somebody has it', () => {
    expect(opened(driver()).owed(AFRESH)).toEqual([]);
    for (const outcome of ['none', 'done']) expect(driver().submit(open, outcome).owed(AFRESH)).toEqual(OWED);
    expect(opened(driver()).submit(open, 'none').owed(AFRESH)).toEqual([]);
  });

  it('works again once it was closed', () => {
    const close = (outcome: string): ScriptedDriver => opened(driver()).submit({ work: 'close' }, outcome);
    expect(opened(close('done')).owed(AFRESH)).toEqual([]);
    expect(close('done').submit(open, 'none').owed(AFRESH)).toEqual(OWED);
    expect(close('none').submit(open, 'none').owed(AFRESH)).toEqual([]);
  });

  it('works on a new bus', () => {
    expect(opened(driver()).call('bus_attach', {}, { found: true }).submit(open, 'none').owed(AFRESH)).toEqual(OWED);
  });

  it('is not looked at where many may have it open', () => {
    expect(new ScriptedDriver('console').submit(open, 'none').owed(AFRESH)).toEqual([]);
  });
});

describe('opening a terminal', () => {
  const NUMBER = 'netbsd.unit-number';
  const opened = (found: number, outcome: string, type: 'console' | '9p' = 'console'): readonly string[] => {
    const driver = new ScriptedDriver(type);
    driver.submit({ work: 'open' }, outcome, () => driver.call('open', { unit: 1 }, { found }));
    return driver.owed(NUMBER).filter((owed) => owed.includes('opened'));
  };

  it('opens the one that was meant, and no other', () => {
    expect(opened(1, 'queued')).toEqual([]);
    expect(opened(16, 'rejected')).toEqual([]);
    expect(opened(1, 'rejected')).toEqual(['a terminal that is there is opened']);
    expect(opened(16, 'queued')).toEqual(['no other terminal is opened']);
    expect(opened(1, 'done', '9p')).toEqual([]);
  });
});

describe('what callers are told', () => {
  const TOLD = 'netbsd.result-told';

  it.each(['none', 'queued', 'retry', 'rejected', 'done', 'failed'])('may be that a request is "%s"', (outcome) => {
    expect(new ScriptedDriver('rng').submit({ work: 'flow' }, outcome).owed(TOLD)).toEqual([]);
  });

  it.each(['', 'ok', 'undefined'])('is not that a request is "%s"', (outcome) => {
    expect(new ScriptedDriver('rng').submit({ work: 'flow' }, outcome).owed(TOLD)).toEqual([
      'one of none, queued, retry, rejected, done, failed',
    ]);
  });

  it('is a word after a dump, too', () => {
    const dumped = (results: Readonly<Record<string, string>>): number =>
      new ScriptedDriver('blk').call('dump', { length: 512 }, results).owed(TOLD).length;
    expect([dumped({ outcome: 'none' }), dumped({ outcome: '' }), dumped({})]).toEqual([0, 1, 1]);
  });

  it.each(['ok', 'error', 'timeout'])('may be that a transfer has come to "%s"', (result) => {
    expect(new ScriptedDriver('scsi').call('done', { transfer: 1, result }).owed(TOLD)).toEqual([]);
  });

  it.each(['', 'done'])('is not that a transfer has come to "%s"', (result) => {
    expect(new ScriptedDriver('scsi').call('done', { transfer: 1, result }).owed(TOLD)).toEqual([
      'one of ok, error, timeout',
    ]);
  });
});
