import { describe, expect, it } from 'vitest';
import { lifecycleViews } from './lifecycles.ts';
import { mixedRuns, runResult } from './testing/sample.ts';

describe('lifecycles', () => {
  it('sums over runs, and keeps register layouts apart', () => {
    const [run] = mixedRuns();
    const legacy = { ...run, target: { ...run.target, transport: 'mmio-v1' as const } };
    const views = lifecycleViews([run, run, legacy]);
    expect(views.map(({ title }) => title)).toEqual([
      'Device, modern register layout',
      'Device, legacy register layout',
      "Child driver, NetBSD's child-attach interface",
    ]);
    const times = ({ steps }: (typeof views)[number], to: string) => steps.find((step) => step.to === to)?.times;
    expect([times(views[0], 'ACKNOWLEDGE'), times(views[1], 'ACKNOWLEDGE')]).toEqual([10, 5]);
  });

  it('tells a step that the exploration does not know from those that it does', () => {
    const [device] = lifecycleViews(mixedRuns());
    const stray = device.steps.find(({ from, to }) => from === 'DRIVER' && to === 'SUSPENDED');
    expect(stray).toMatchObject({ times: 1, explored: false });
    expect(device.steps.filter(({ explored }) => !explored)).toHaveLength(1);
  });

  it('says nothing where a result tells nothing', () => {
    expect(lifecycleViews([runResult()])).toEqual([]);
  });
});
