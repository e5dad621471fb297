/**
 * What judges the driver stack: the first scenarios that `virtcheck run --target driver:CHILD` draws with its default seed,
 * for every child on every bus, with all known hazards repaired, judging the devices as well; and the scripts of every
 * regression.
 */
import fc from 'fast-check';
import { perform, type Scenario } from '../../harness/driver-stack/perform.ts';
import { conformingUse, DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { CHILD_NAMES, type ChildName, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import { runRegression } from '../regressions/run.ts';
import type { RegressionCase } from '../regressions/case.ts';
import type { MutationSuite, OpenSlice, Slice } from './suite.ts';

const SEED = 1;
/** Of each child on each bus: a fifth of what a run performs at its normal effort, as thousands of mutants have to go through them. */
const SCENARIOS = 60;
const PROFILE: ProfileSpec = { name: 'mended', switches: MENDED };

export default function driverSuite(): MutationSuite {
  const use = CHILD_NAMES.flatMap((child) => DRIVER_TRANSPORTS.map((transport) => useSlice(child, transport)));
  return [...REGRESSIONS.map(regressionSlice), ...use];
}

function useSlice(child: ChildName, transport: DriverTransport): Slice {
  let drawn: readonly Scenario[] | undefined;
  return {
    name: `${child} ${transport}`,
    count: SCENARIOS,
    compares: true,
    open(): OpenSlice {
      const scenarios = (drawn ??= fc.sample(conformingUse([child], [transport]), {
        seed: SEED,
        numRuns: SCENARIOS,
      }) as Scenario[]);
      let events = 0;
      return {
        run(index) {
          const judged = perform(scenarios[index], PROFILE);
          events = judged.events.length;
          const broken = [...judged.violated, ...judged.device];
          return broken.length === 0 ? undefined : broken.join(', ');
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
