/** A SCSI host is asked what no child asks of it, and judged by the same models. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scsiScenarios } from '../../generators/driver/scsi.ts';
import { judge } from '../../harness/driver-stack/perform.ts';
import { DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import type { ClauseId } from '../../models/clauses/catalogue.ts';
import { clause } from '../../models/clauses/catalogue.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { recordScsi } from './scsi.ts';

const SCENARIOS = 150;
const REPAIRED = { name: 'mended', switches: MENDED };
const drawn = (seed: number) => fc.sample(scsiScenarios(DRIVER_TRANSPORTS, HOST_NAMES), { seed, numRuns: SCENARIOS });

/** Some units are named wrongly, for what the device makes of them. */
const MISNAMED = 'untagged.scsi.2';

describe('requests that no child makes', () => {
  it('are answered as the specification has it, and broken by nothing but units that are named wrongly', () => {
    for (const scenario of [1, 2, 3].flatMap(drawn)) {
      const { violated, device } = judge(recordScsi(scenario, REPAIRED));
      expect({ scenario, violated: violated.filter((id) => id !== MISNAMED), device }).toMatchObject({
        violated: [],
        device: [],
      });
    }
  });

  it.each<ClauseId>(['untagged.scsi.4', 'untagged.scsi.5', 'scsi.device.device-operation-request-queues.2', MISNAMED])(
    'exercise %s',
    (id) => {
      let exercised = 0;
      for (const scenario of drawn(4).slice(0, 10))
        judge(recordScsi(scenario, REPAIRED), true, {
          judged: (report) => (exercised += report.exercised[clause(id)]),
        });
      expect(exercised).toBeGreaterThan(10);
    },
  );
});
