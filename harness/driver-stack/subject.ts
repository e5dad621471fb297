/** What a run has to know of the driver that it judges: NetBSD's stack here, the reference driver beside it. */
import fc from 'fast-check';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import { HAZARDS, type Hazard } from '../../targets/driver-stack/hazards.ts';
import type { DriverProfile } from '../../targets/driver-stack/profile-name.ts';
import type { Finding, JudgedDevice } from '../result.ts';
import { describeScenario } from './describe.ts';
import { perform, type Scenario, type Watcher } from './perform.ts';
import { shrinkScenario } from './shrink.ts';
import { conformingUse, DRIVER_DEVICES, DRIVER_TRANSPORTS } from './space.ts';
import { saveDriverTrace } from './trace-file.ts';

/** What came of a scenario. */
export interface Outcome {
  readonly violated: readonly string[];
  readonly events: number;
  /** What is known of a broken clause, for a finding. */
  detail(id: string): { readonly expected?: string; readonly seen?: string; readonly state?: string };
  /** Writes it to a file in the folder, to be performed again; the file's path. Absent where there is no such file. */
  save?(folder: string, told: Told, seed: number): Promise<string>;
}

/** What a finding says of an outcome. */
export type Told = Pick<Finding, 'clause' | 'expected' | 'seen' | 'state'>;

export interface Shown<S> {
  readonly scenario: S;
  /** Actions of the driver. */
  readonly actions: number;
}

export interface Subject<S> {
  readonly name: string;
  readonly device: JudgedDevice;
  /** What its progress is told under. */
  readonly label: string;
  /** Machines that it is judged on, by name. */
  readonly variants: readonly string[];
  readonly transports: readonly DriverTransport[];
  /** Known deviations, each with the switch that repairs it. */
  readonly hazards: readonly Hazard[];
  /** NetBSD's own rules are judged, too. */
  readonly netbsd: boolean;
  scenarios(transport: DriverTransport, seed: number, count: number): readonly S[];
  perform(scenario: S, repairs: readonly Hazard[], watcher?: Watcher): Outcome;
  shrink(scenario: S, shows: (scenario: S) => boolean, budget: number): Shown<S>;
  describe(scenario: S): readonly string[];
}

/** A profile of NetBSD's driver stack. */
export function stackSubject({ child, profile }: DriverProfile): Subject<Scenario> {
  return {
    name: profile.name,
    device: DRIVER_DEVICES[child],
    label: child,
    variants: [...HOST_NAMES],
    transports: DRIVER_TRANSPORTS,
    hazards: HAZARDS,
    netbsd: true,
    scenarios: (transport, seed, count) =>
      fc.sample(conformingUse([child], [transport]), { seed, numRuns: count }) as Scenario[],
    perform(scenario, repairs, watcher) {
      const switches = [...(profile.switches ?? []), ...repairs.map(({ repair }) => repair)];
      const shown = repairs.length === 0 ? profile : { ...profile, switches };
      const judged = perform(scenario, shown, true, watcher);
      const { violated, events, findings, mistakes } = judged;
      return {
        violated,
        events: events.length,
        detail(id) {
          const found = findings.find(({ clause }) => clause === id);
          return found ?? { seen: mistakes.find(({ clause }) => clause === id)?.what };
        },
        save: (folder, told, seed) =>
          saveDriverTrace(folder, { ...told, name: profile.name, profile: shown, seed, scenario, judged }),
      };
    },
    shrink(scenario, shows, budget) {
      const { scenario: shrunk } = shrinkScenario(scenario, shows, budget);
      return { scenario: shrunk, actions: shrunk.actions.length };
    },
    describe: describeScenario,
  };
}
