import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import type { MmioContext } from '../mmio/context.ts';
import { judgeGivingUp, judgeGoingOn, type ReadOffer } from './driver-duties.ts';

const NEEDED = 9;
const PADDED = 64;

/** A block driver that needs FLUSH, unless `declared` is false, before a configuration space of so many bytes. */
function contextOf(report: Report, configSize: number | undefined, declared = true): MmioContext {
  const context = {
    report,
    setup: { driver: declared ? { requires: [NEEDED], incapable: [] } : undefined, configSize },
    facts: { configFields: [{ name: 'capacity', offset: 0, width: 8 }] },
    breakNothing: (id: Parameters<MmioContext['breakNothing']>[0], what: string) =>
      report.driverBroke(id, 'nothing', what),
  };
  return context as unknown as MmioContext;
}

const offer = (offered: boolean, offersUnknown = false): ReadOffer => ({ offersUnknown, isOffered: () => offered });

function broken(
  judge: typeof judgeGivingUp,
  what: ReadOffer,
  configSize?: number,
  declared = true,
): (string | undefined)[] {
  const report = new Report();
  judge(contextOf(report, configSize, declared), what);
  return report.driverFaults.map(({ clause }) => clause);
}

describe('a driver that gives up', () => {
  it('may do so where what it needs is missing', () => {
    expect(broken(judgeGivingUp, offer(false))).toEqual([]);
    expect(broken(judgeGivingUp, offer(false, true), PADDED)).toEqual([]);
  });

  it('is blamed for the one thing about the device that can be why', () => {
    expect(broken(judgeGivingUp, offer(true))).toEqual(['basic.driver.feature-bits.6']);
    expect(broken(judgeGivingUp, offer(true, true), PADDED)).toEqual(['basic.driver.feature-bits.8']);
    expect(broken(judgeGivingUp, offer(true), PADDED)).toEqual([
      'basic.driver.device-configuration-space.4',
      'basic.driver.device-configuration-space.5',
    ]);
  });

  it('is not judged without having declared what it needs', () => {
    expect(broken(judgeGivingUp, offer(true, true), PADDED, false)).toEqual([]);
  });
});

describe('a driver that goes on', () => {
  it('must have what it needs', () => {
    expect(broken(judgeGoingOn, offer(true))).toEqual([]);
    expect(broken(judgeGoingOn, offer(false))).toEqual(['basic.driver.feature-bits.7']);
    expect(broken(judgeGoingOn, offer(false), PADDED, false)).toEqual([]);
  });
});
