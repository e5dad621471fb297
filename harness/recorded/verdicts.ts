/** From what the models counted to verdicts on the driver of a recorded device, clause by clause. */
import { CLAUSES, isMust, type Clause } from '../../models/clauses/catalogue.ts';
import type { JudgeSetup } from '../../models/setup.ts';
import type { ClauseResult, Verdict } from '../result.ts';
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

export function driverClauses(device: RecordedDevice): ClauseResult[] {
  const setup = device.setup!;
  const exercised = device.report.exercisedTotals();
  const clauses: ClauseResult[] = [];
  CLAUSES.forEach((row, index) => {
    if (!inScope(row, setup.device)) return;
    const { id, level, party, section, summary } = row;
    const base = { id, level, party, section, summary, exercised: exercised[index] };
    if (device.broken(id) > 0 && level !== 'MAY') {
      clauses.push({ ...base, verdict: isMust(level) ? 'fail' : 'warn' });
      return;
    }
    // A clause that binds both parties is counted for the device, too, so its count says nothing about the driver.
    if (exercised[index] > 0 && party === 'driver') {
      clauses.push({ ...base, verdict: 'pass' });
      return;
    }
    const reason =
      notVisible(row, setup) ?? (party === 'both' ? 'binds both parties; the driver did not break it' : undefined);
    clauses.push(
      reason === undefined
        ? {
            ...base,
            verdict: 'inconclusive',
            reason: 'the recording shows no situation in which it could have been broken',
          }
        : { ...base, verdict: 'skip', reason },
    );
  });
  return clauses;
}

export function countVerdicts(clauses: readonly ClauseResult[]): Record<Verdict, number> {
  const totals = { pass: 0, fail: 0, warn: 0, inconclusive: 0, skip: 0 };
  for (const { verdict } of clauses) totals[verdict]++;
  return totals;
}
