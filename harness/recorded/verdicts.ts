/** From what the models counted to verdicts on the driver of a recorded device, clause by clause. */
import { CLAUSES, isMust, type Clause, type ClauseId } from '../../models/clauses/catalogue.ts';
import type { JudgeSetup } from '../../models/setup.ts';
import type { ClauseResult, Expectation, RecordedDeviceResult, Verdict } from '../result.ts';
import type { RecordedDevice } from './device.ts';

const COMMON_AREAS = ['basic', 'init', 'reserved', 'split', 'mmio', 'untagged'];
const OWN_AREA = { blk: 'blk', rng: 'entropy', console: 'console', other: '' } as const;

/** Clauses about what lies in rings and buffers. */
const IN_MEMORY: readonly RegExp[] = [
  /^split\./,
  /^untagged\.(split|packed)\./,
  /^init\.driver\.device-cleanup\./,
  /^init\.driver\.device-suspend\.3$/,
  /^(blk|console|entropy)\.driver\.(legacy-)?(multiport-)?(device-operation|framing-requirements)\./,
];
/** Those of them that registers show all the same. */
const BY_REGISTERS: readonly string[] = [
  'split.driver.virtqueues.1',
  'split.driver.legacy-virtqueue-layout.2',
  'blk.driver.device-operation.3',
  'untagged.split.1',
];

function inScope(row: Clause, device: JudgeSetup['device']): boolean {
  if (row.party === 'device') return false;
  if (row.area === 'untagged') {
    const type = /^untagged\.(blk|console|packed)\./.exec(row.id)?.[1];
    return type === undefined || type === device;
  }
  return COMMON_AREAS.includes(row.area) || row.area === OWN_AREA[device];
}

/** Why a clause cannot be judged by a recording, or undefined when it could be. */
function notVisible(row: Clause, setup: JudgeSetup): string | undefined {
  const legacy = setup.transport === 'mmio-v1';
  if (row.testability === 'internal') return 'not visible from outside the driver';
  if (row.testability === 'prose' || row.level === 'MAY') return 'a permission or explanation: nothing to observe';
  if (row.legacy && !legacy) return 'concerns the legacy interface only';
  if (row.area === 'mmio' && legacy) return 'concerns the modern register layout only';
  if (row.area === 'init' && row.id.includes('suspend') && legacy)
    return 'SUSPEND does not exist on the legacy interface';
  const inMemory = IN_MEMORY.some((pattern) => pattern.test(row.id)) && !BY_REGISTERS.includes(row.id);
  if (setup.observesMemory === false && inMemory) return 'needs memory, which this recording does not show';
  return undefined;
}

/** The verdicts, and the recorded deviations that did not show up although they could have. */
export interface DriverVerdicts {
  readonly clauses: readonly ClauseResult[];
  readonly stale: readonly ClauseId[];
}

/** Judges the driver of a device; `expectations` are those that apply to it. */
export function driverVerdicts(device: RecordedDevice, expectations: readonly Expectation[] = []): DriverVerdicts {
  const setup = device.setup!;
  const exercised = device.report.exercisedTotals();
  const clauses: ClauseResult[] = [];
  const stale: ClauseId[] = [];
  CLAUSES.forEach((row, index) => {
    if (!inScope(row, setup.device)) return;
    const { id, level, party, section, summary } = row;
    const base = { id, level, party, section, summary, exercised: exercised[index] };
    const expectation = expectations.find((entry) => entry.clause === id);
    if (device.broken(id) > 0 && level !== 'MAY') {
      const verdict: Verdict = isMust(level) ? 'fail' : 'warn';
      clauses.push(
        expectation === undefined
          ? { ...base, verdict }
          : { ...base, verdict, expected: true, reason: expectation.explanation },
      );
      return;
    }
    if (expectation !== undefined && expectation.sometimes !== true && exercised[index] > 0) stale.push(id);
    // What binds both parties is counted when the device could have broken it, too: no evidence for the driver.
    if (exercised[index] > 0 && party === 'driver') {
      clauses.push({ ...base, verdict: 'pass' });
      return;
    }
    const shared = party === 'both' ? 'binds both parties; the driver was not seen to break it' : undefined;
    const reason = notVisible(row, setup) ?? shared;
    clauses.push(
      reason === undefined
        ? { ...base, verdict: 'inconclusive', reason: 'the recording shows no situation that tests it' }
        : { ...base, verdict: 'skip', reason },
    );
  });
  return { clauses, stale };
}

/** How many clauses have which verdict; expected deviations are counted apart. */
export function countVerdicts(clauses: readonly ClauseResult[]): RecordedDeviceResult['totals'] {
  const totals = { pass: 0, fail: 0, warn: 0, inconclusive: 0, skip: 0, expected: 0 };
  for (const { verdict, expected } of clauses) totals[expected === true ? 'expected' : verdict]++;
  return totals;
}
