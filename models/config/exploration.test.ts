/**
 * Every sequence of accesses and changes up to a length, on an ideal device: what the driver sees is never held against
 * it. On broken ones the model accuses exactly where an independent reading of the sequence says that it must.
 */
import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import { REG } from '../mmio/layout.ts';
import { Bench, type BenchOptions } from '../mmio/testing/bench.ts';

/** What can happen to the capacity: read by halves, enclosed by ConfigGeneration, resized, changed by nobody. */
const STEPS = ['generation', 'low', 'high', 'resize', 'writeback', 'read writeback'] as const;
type Step = (typeof STEPS)[number] | 'drift';

/** Two sizes that differ in both halves. */
const SIZES = [0x1_0000_0005, 0x2_0000_0006];
const LENGTH = 5;
const VERSION_1 = 32;
const FLUSH = 9;
const CONFIG_WCE = 11;
const CAPACITY_FIELD = REG.Config;
const WRITEBACK_FIELD = REG.Config + 32;
const REPORT = new Report();

function* sequences(steps: readonly Step[], length: number): Generator<Step[]> {
  if (length === 0) yield [];
  else for (const rest of sequences(steps, length - 1)) for (const step of steps) yield [...rest, step];
}

interface Seen {
  readonly step: Step;
  readonly value: number;
}

/** Performs the steps on a live device; returns what each showed and which clauses broke. */
function perform(steps: readonly Step[], options: BenchOptions): { seen: Seen[]; broken: string[] } {
  const bench = new Bench(options, REPORT);
  bench.select(VERSION_1, FLUSH, CONFIG_WCE);
  bench.featuresOk();
  bench.write(REG.Status, 15);
  let size = 0;
  const act = (step: Step): number => {
    switch (step) {
      case 'generation':
        return bench.read(REG.ConfigGeneration);
      case 'low':
        return bench.read(CAPACITY_FIELD);
      case 'high':
        return bench.read(CAPACITY_FIELD + 4);
      case 'read writeback':
        return bench.read(WRITEBACK_FIELD, 1);
      case 'writeback':
        bench.write(WRITEBACK_FIELD, 1, 1);
        return 0;
      case 'resize':
        bench.host({ action: 'resize-disk', sectors: SIZES[size++ % SIZES.length] });
        return 0;
      case 'drift':
        bench.device.setCapacity(SIZES[size++ % SIZES.length]);
        return 0;
    }
  };
  const seen = steps.map((step) => ({ step, value: act(step) }));
  return { seen, broken: bench.violated() };
}

/** A word that was read twice with different values, both between two reads of ConfigGeneration. */
function tornUnnoticed(seen: readonly Seen[]): boolean {
  const first = seen.findIndex(({ step }) => step === 'generation');
  const last = seen.findLastIndex(({ step }) => step === 'generation');
  return first >= 0 && changesBetween(seen.slice(first, last), 'low', 'high');
}

function changesBetween(seen: readonly Seen[], ...words: readonly Step[]): boolean {
  return words.some((word) => new Set(seen.filter(({ step }) => step === word).map(({ value }) => value)).size > 1);
}

describe(`all sequences of ${LENGTH} accesses and changes`, () => {
  it('leave an ideal device without a stain', () => {
    const accused: string[] = [];
    let changes = 0;
    for (const steps of sequences(STEPS, LENGTH)) {
      const { seen, broken } = perform(steps, {});
      if (changesBetween(seen, 'low', 'high')) changes++;
      if (broken.length > 0) accused.push(`${steps.join(', ')}: ${broken.join()}`);
    }
    expect(accused).toEqual([]);
    expect(changes).toBeGreaterThan(50);
  });

  it('convict a ConfigGeneration that stands still exactly where a change slipped in unnoticed', () => {
    const mismatches: string[] = [];
    let convicted = 0;
    for (const steps of sequences(['generation', 'low', 'high', 'resize'], LENGTH + 1)) {
      const { seen, broken } = perform(steps, { mutation: 'generation-stuck' });
      const guilty = broken.includes('mmio.device.register-layout.6');
      if (guilty) convicted++;
      if (guilty !== tornUnnoticed(seen) || broken.length > (guilty ? 1 : 0))
        mismatches.push(`${steps.join(', ')}: ${broken.join()}`);
    }
    expect(mismatches).toEqual([]);
    expect(convicted).toBeGreaterThan(3);
  });

  it('convict a field that changes by itself exactly where it was seen to', () => {
    const mismatches: string[] = [];
    let convicted = 0;
    for (const steps of sequences(['low', 'high', 'drift', 'read writeback', 'writeback'], LENGTH)) {
      const { seen, broken } = perform(steps, {});
      const guilty = broken.includes('untagged.basic.4');
      if (guilty) convicted++;
      if (guilty !== changesBetween(seen, 'low', 'high')) mismatches.push(`${steps.join(', ')}: ${broken.join()}`);
    }
    expect(mismatches).toEqual([]);
    expect(convicted).toBeGreaterThan(50);
  });
});
