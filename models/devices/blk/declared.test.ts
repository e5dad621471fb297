import { describe, expect, it } from 'vitest';
import { clause } from '../../clauses/catalogue.ts';
import { Bench, filled, USUAL } from '../testing/blk-bench.ts';
import { Feature, RequestType } from './constants.ts';

const A = filled(0xaa);
const ZERO = filled(0);

describe('what is declared of the storage', () => {
  it('forbids ZONED on a device that is declared not to be zoned', () => {
    const offered = [...USUAL, Feature.ZONED];
    expect(new Bench({ claims: { zoned: false } }).take()).toEqual([]);
    expect(new Bench({ offered, accepted: USUAL }).take()).toEqual([]);
    expect(new Bench({ offered, accepted: USUAL, claims: { zoned: false } }).take()).toEqual([
      'blk.device.device-initialization.5',
    ]);
  });

  it('decides whether RO is offered', () => {
    const offered = [...USUAL, Feature.RO];
    expect(new Bench({ offered, accepted: offered, claims: { readOnly: true } }).take()).toEqual([]);
    expect(new Bench({ claims: { readOnly: false } }).take()).toEqual([]);
    expect(new Bench({ claims: { readOnly: true } }).take()).toEqual(['untagged.basic.6']);
    expect(new Bench({ offered, accepted: offered, claims: { readOnly: false } }).take()).toEqual(['untagged.basic.6']);
  });

  it('decides whether LIFETIME is offered', () => {
    const offered = [...USUAL, Feature.LIFETIME];
    expect(new Bench({ offered, claims: { wearMetrics: true } }).take()).toEqual([]);
    expect(new Bench({ claims: { wearMetrics: false } }).take()).toEqual([]);
    expect(new Bench({ claims: { wearMetrics: true } }).take()).toEqual(['blk.device.device-operation.15']);
    expect(new Bench({ offered, claims: { wearMetrics: false } }).take()).toEqual(['blk.device.device-operation.16']);
  });

  it('decides whether write_zeroes_may_unmap is set', () => {
    for (const deallocates of [false, true]) {
      const bench = new Bench({ claims: { deallocates } });
      bench.model.configField('write_zeroes_may_unmap', deallocates ? 1n : 0n);
      expect(bench.take()).toEqual([]);
      bench.model.configField('write_zeroes_may_unmap', deallocates ? 0n : 1n);
      expect(bench.take()).toEqual(['blk.device.device-operation.10']);
    }
  });
});

describe('a change of write_zeroes_may_unmap', () => {
  it('is to be notified while the device is live', () => {
    const bench = new Bench();
    bench.model.configField('write_zeroes_may_unmap', 0n);
    bench.model.configField('write_zeroes_may_unmap', 0n);
    expect(bench.owed).toEqual([]);
    bench.model.configField('write_zeroes_may_unmap', 1n);
    expect(bench.owed).toEqual([clause('blk.device.device-operation.12')]);
  });

  it('is nobody to be told of across a reset', () => {
    const bench = new Bench();
    bench.model.configField('write_zeroes_may_unmap', 0n);
    bench.reset();
    bench.model.configField('write_zeroes_may_unmap', 1n);
    expect(bench.owed).toEqual([]);
  });
});

describe('sectors beside those that may be deallocated', () => {
  const clear = (bench: Bench, type: number, flags: number): void =>
    bench.finish(bench.expose(type, 0, bench.segment(2, 2, flags)), 0);

  it.each([
    ['discard', RequestType.DISCARD, 0, 'blk.device.device-operation.7'],
    ['write zeroes with unmap', RequestType.WRITE_ZEROES, 1, 'blk.device.device-operation.8'],
  ])('are not for %s to clear', (_name, type, flags, index) => {
    const bench = new Bench();
    bench.write(1, A);
    clear(bench, type, flags);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.read(1, ZERO);
    expect(bench.take()).toEqual(['untagged.blk.2', index]);
  });

  it('are lost for other reasons if the request came before they were written, or they hold something else', () => {
    const bench = new Bench();
    clear(bench, RequestType.DISCARD, 0);
    bench.write(1, A);
    bench.read(1, ZERO);
    expect(bench.take()).toEqual(['untagged.blk.2']);
    bench.write(4, A);
    clear(bench, RequestType.DISCARD, 0);
    bench.read(4, filled(0x55));
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });

  it('may not be cleared by write zeroes without unmap either, which deallocates nothing', () => {
    const bench = new Bench();
    bench.write(1, A);
    clear(bench, RequestType.WRITE_ZEROES, 0);
    bench.read(1, ZERO);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });
});
