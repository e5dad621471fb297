import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import { EntropyModel } from './entropy.ts';
import { fakeChain, type FakeChain } from './testing/fake-chain.ts';

const RANDOM = 'entropy.device.device-operation.1';

function bench() {
  const report = new Report();
  const model = new EntropyModel(report);
  const fill = (length: number, bytes: readonly number[], used = bytes.length): FakeChain => {
    const chain = fakeChain(0, [], [length]);
    model.exposed(chain);
    chain.in.set(bytes);
    model.completed(chain, used);
    return chain;
  };
  const take = () => report.violations.splice(0).map((violation) => violation.clause);
  return { report, model, fill, take };
}

const BYTES = [3, 141, 59, 26, 53, 58, 97, 93, 238, 46];

describe('entropy', () => {
  it('accepts any number of random bytes from one up', () => {
    const { fill, take } = bench();
    fill(64, BYTES);
    fill(64, [3]);
    fill(64, [3]);
    fill(4, [0, 0, 0, 0]);
    fill(10, [...BYTES].reverse());
    expect(take()).toEqual([]);
  });

  it('wants at least one byte', () => {
    const { fill, take } = bench();
    fill(64, []);
    expect(take()).toEqual([RANDOM]);
  });

  it('tells bytes that cannot be random', () => {
    const { fill, take } = bench();
    fill(16, new Array(8).fill(0) as number[]);
    fill(16, new Array(9).fill(0x33) as number[]);
    fill(16, [], 16);
    expect(take()).toEqual([RANDOM, RANDOM, RANDOM]);
    fill(16, BYTES);
    fill(32, BYTES);
    expect(take()).toEqual([RANDOM]);
  });

  it('owes completion of writable buffers, and judges nothing of others', () => {
    const { model, report, take } = bench();
    const good = fakeChain(0, [], [8]);
    const mixed = fakeChain(0, [new Uint8Array(4)], [8]);
    model.exposed(good);
    model.exposed(mixed);
    expect(model.mustComplete(good)).toBe(true);
    expect(model.mustComplete(mixed)).toBe(false);
    model.completed(mixed, 0);
    model.abandoned(good);
    expect(take()).toEqual([]);
    expect(report.driverFaults.map((fault) => fault.clause)).toEqual(['entropy.driver.device-operation.1']);
    expect(model.describe()).toBe('entropy, 0 in flight');
  });
});
