/** The reference driver as the subject of a run. */
import fc from 'fast-check';
import { HOSTS, type ReferenceScenario } from '../../generators/reference-driver/scenario.ts';
import { TRANSPORTS, type DeviceKind } from '../../models/setup.ts';
import type { Subject } from '../driver-stack/subject.ts';
import { describeReference } from './describe.ts';
import { performReference } from './perform.ts';
import { shrinkReference } from './shrink.ts';
import { conformingReferenceUse } from './space.ts';
import { saveReferenceTrace } from './trace-file.ts';

/** `switches`: seeded defects. */
export function referenceSubject(frontEnd: DeviceKind, switches: readonly string[]): Subject<ReferenceScenario> {
  const name = `reference-${frontEnd}`;
  return {
    name: `driver:${name}`,
    device: frontEnd,
    label: name,
    variants: [...HOSTS],
    transports: TRANSPORTS,
    hazards: [],
    netbsd: false,
    scenarios(transport, seed, count) {
      const known = TRANSPORTS.filter((one) => one === transport);
      return fc.sample(conformingReferenceUse([frontEnd], known), { seed, numRuns: count });
    },
    perform(scenario, _, watcher) {
      const judged = performReference(scenario, switches, watcher);
      const { machine, mistakes, violated } = judged;
      return {
        violated,
        events: machine.log.length,
        detail: (id) => ({ seen: mistakes.find(({ clause }) => clause === id)?.what }),
        save: (folder, told, seed) =>
          saveReferenceTrace(folder, { ...told, name: `driver:${name}`, faults: switches, seed, scenario, judged }),
      };
    },
    shrink(scenario, shows, budget) {
      const shrunk = shrinkReference(scenario, shows, budget);
      return { scenario: shrunk, actions: shrunk.actions.length };
    },
    describe: describeReference,
  };
}
