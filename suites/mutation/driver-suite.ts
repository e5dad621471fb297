/**
 * What judges the driver stack: the scenarios that `virtcheck run --target driver:CHILD` draws at its normal effort with its
 * default seed, for every child on every bus, with all known hazards repaired, so that whatever breaks is news; the
 * scripts of every regression; and the life that each driver has to lead.
 */
import fc from 'fast-check';
import { perform, type Scenario } from '../../harness/driver-stack/perform.ts';
import { scenariosOf } from '../../harness/driver-stack/run.ts';
import { conformingUse, DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { CHILD_NAMES, type ChildName, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import { runRegression } from '../regressions/run.ts';
import type { RegressionCase } from '../regressions/case.ts';
import type { MutationSuite, OpenSlice, Slice } from './suite.ts';

const SEED = 1;
const EFFORT = 'normal';
const PROFILE: ProfileSpec = { name: 'mended', switches: MENDED };

export default function driverSuite(): MutationSuite {
  const use = CHILD_NAMES.flatMap((child) => DRIVER_TRANSPORTS.map((transport) => useSlice(child, transport)));
  return [...REGRESSIONS.map(regressionSlice), ...use];
}

function useSlice(child: ChildName, transport: DriverTransport): Slice {
  const count = scenariosOf(EFFORT);
  let drawn: readonly Scenario[] | undefined;
  return {
    name: `${child} ${transport}`,
    count,
    open(): OpenSlice {
      const scenarios = (drawn ??= fc.sample(conformingUse([child], [transport]), {
        seed: SEED,
        numRuns: count,
      }) as Scenario[]);
      let events = 0;
      return {
        run(index) {
          const judged = perform(scenarios[index], PROFILE);
          events = judged.events.length;
          return judged.violated.length === 0 ? undefined : judged.violated.join(', ');
        },
        get events() {
          return events;
        },
      };
    },
  };
}

function regressionSlice(regression: RegressionCase): Slice {
  return {
    name: `regression ${regression.id}`,
    count: 1,
    open: () => ({
      run() {
        const { broken } = runRegression(regression, { seed: SEED, search: false });
        return broken.length === 0 ? undefined : broken.join('; ');
      },
      events: 0,
    }),
  };
}
