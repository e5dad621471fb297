/**
 * What judges the driver stack: the first scenarios that `virtcheck run --target driver:CHILD` draws with its default seed,
 * for every child on every bus, with all known hazards repaired, as they are and at revisions of history; the core without
 * a child, also while the configuration changes and on a network device; requests of a SCSI host that no child makes; command
 * lines; fields of configuration space in every byte order; the scripts of every regression, on both of its profiles;
 * revisions of disks and consoles; and scripts made by hand.
 */
import fc from 'fast-check';
import { commandLineScenarios } from '../../generators/driver/command-line.ts';
import { configChangeScenarios, coreScenarios, type CoreScenario } from '../../generators/driver/core.ts';
import { scsiScenarios } from '../../generators/driver/scsi.ts';
import { record, type Scenario } from '../../harness/driver-stack/perform.ts';
import { conformingUse, DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { CHILD_NAMES, type ChildName, type MachineSpec, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
import { parseDriverProfile, PRESETS } from '../../targets/driver-stack/profile-name.ts';
import { NETWORK_SCENARIOS } from '../core/network.ts';
import { recordCore } from '../core/record.ts';
import { recordScsi } from '../core/scsi.ts';
import { REGISTER_CHECKS } from '../pci/registers.ts';
import { ENDIANNESS, wrongAccesses, type EndianRow } from '../regressions/endianness.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import type { RegressionCase } from '../regressions/case.ts';
import { CONSOLE_SCRIPTS, DISK_SCRIPTS } from './disk-console-scripts.ts';
import { HEAD, LATE_SOFTINTS, lateInterruptsOf, REPAIRED, SCRIPTS, shortagesOf, type HandMade } from './scripts.ts';
import { stackSlice, useSlice } from './stack-slice.ts';
import type { MutationSuite, Slice } from './suite.ts';

const SEED = 1;
/** Of each child on each bus: a fifth of what a run performs at its normal effort, as thousands of mutants have to go through them. */
const SCENARIOS = 60;
/** The same without any repair. */
const UNREPAIRED = 8;
/** At each revision of a core file, over all children. */
const HISTORICAL = 24;
const COMMAND_LINES = 200;
/** Of the core on each bus; without repairs; at each revision of a core file. */
const CORE_USE = 80;
const CORE_UNREPAIRED = 15;
const CORE_HISTORICAL = 16;
/** Of what no child asks a SCSI host for, on each bus. */
const SCSI_REQUESTS = 40;
/** Of the core on each bus, with a console whose configuration changes. */
const CONFIG_CHANGES = 60;
/** Children that use the core most: several queues and directions, requests of many segments. */
const FIRST: readonly ChildName[] = ['viocon', 'ld'];
/** Files of the core, and the buses that they are about. */
const CORE: Readonly<Record<string, readonly DriverTransport[]>> = {
  'virtio.c': DRIVER_TRANSPORTS,
  'virtio_mmio.c': ['mmio-v2', 'mmio-v1'],
  'virtio_pci.c': ['pci-1.0', 'pci-0.9'],
};

/** Files of children whose history is drawn from. */
const CHILDREN: Readonly<Record<string, ChildName>> = { 'viocon.c': 'viocon', 'ld_virtio.c': 'ld' };

/** What most mutants fall to comes first, then what is short. */
export default function driverSuite(): MutationSuite {
  const uses = eachUse((child, bus) => childSlice(`${child} ${bus}`, child, bus, REPAIRED, SCENARIOS));
  const isFirst = ({ name }: Slice): boolean => FIRST.some((child) => name.startsWith(`${child} `));
  return [
    ...DRIVER_TRANSPORTS.map((bus) => coreSlice(`core ${bus}`, [bus], REPAIRED, CORE_USE)),
    ...uses.filter(isFirst),
    pciRegisters(),
    ...REGRESSIONS.map(regressionSlice),
    ...SCRIPTS.map((script) => scriptSlice(script.name, [script])),
    ...CHILD_NAMES.map((child) => scriptSlice(`shortages ${child}`, shortagesOf(child))),
    ...CHILD_NAMES.map((child) => scriptSlice(`late interrupts ${child}`, lateInterruptsOf(child))),
    ...uses.filter((slice) => !isFirst(slice)),
    ...DRIVER_TRANSPORTS.map((bus) => coreSlice(`HEAD core ${bus}`, [bus], HEAD, CORE_UNREPAIRED)),
    ...PRESETS.flatMap(historySlices),
    ...eachUse((child, bus) => childSlice(`HEAD ${child} ${bus}`, child, bus, HEAD, UNREPAIRED)),
    commandLineSlice('command line', REPAIRED),
    commandLineSlice('HEAD command line', HEAD),
    ...ENDIANNESS.map(fieldSlice),
    scriptSlice('scripts of disks', DISK_SCRIPTS),
    scriptSlice('scripts of consoles', CONSOLE_SCRIPTS),
    ...PRESETS.flatMap(childHistorySlices),
    ...DRIVER_TRANSPORTS.map(scsiSlice),
    stackSlice('late software interrupts', LATE_SOFTINTS.length, () =>
      LATE_SOFTINTS.map(({ scenario, profile }) => [() => recordCore(scenario, profile)]),
    ),
    ...DRIVER_TRANSPORTS.map((bus) => configChangeSlice(`config changes ${bus}`, bus)),
    stackSlice('core, network', NETWORK_SCENARIOS.length, () =>
      NETWORK_SCENARIOS.map(({ scenario }) => [() => recordCore(scenario, REPAIRED)]),
    ),
  ];
}

const scsiSlice = (bus: DriverTransport): Slice =>
  stackSlice(`scsi requests ${bus}`, SCSI_REQUESTS, () =>
    fc
      .sample(scsiScenarios([bus], HOST_NAMES), { seed: SEED, numRuns: SCSI_REQUESTS })
      .map((scenario) => [() => recordScsi(scenario, REPAIRED)]),
  );

const eachUse = (make: (child: ChildName, bus: DriverTransport) => Slice): readonly Slice[] =>
  CHILD_NAMES.flatMap((child) => DRIVER_TRANSPORTS.map((bus) => make(child, bus)));

const childSlice = (name: string, child: ChildName, bus: DriverTransport, profile: ProfileSpec, count: number): Slice =>
  useSlice(name, profile, count, () => drawn(conformingUse([child], [bus]) as fc.Arbitrary<Scenario>, count));

const coreSlice = (name: string, buses: readonly DriverTransport[], profile: ProfileSpec, count: number): Slice =>
  sliceOfCore(name, coreScenarios(buses, HOST_NAMES), profile, count);

const configChangeSlice = (name: string, bus: DriverTransport): Slice =>
  sliceOfCore(name, configChangeScenarios([bus], HOST_NAMES), REPAIRED, CONFIG_CHANGES);

function sliceOfCore(
  name: string,
  scenarios: fc.Arbitrary<CoreScenario<MachineSpec>>,
  profile: ProfileSpec,
  count: number,
): Slice {
  return stackSlice(name, count, () =>
    fc.sample(scenarios, { seed: SEED, numRuns: count }).map((scenario) => [() => recordCore(scenario, profile)]),
  );
}

function historySlices(preset: string): readonly Slice[] {
  const [file] = preset.split('-');
  if (!Object.hasOwn(CORE, file)) return [];
  const { profile } = parseDriverProfile(`driver:${CHILD_NAMES[0]}@${preset}`);
  const scenarios = conformingUse(CHILD_NAMES, CORE[file]) as fc.Arbitrary<Scenario>;
  // What a revision does wrong stands alone where the hazards that are still there do not break things first.
  const alone: ProfileSpec = { ...profile, name: `${preset}, repaired`, switches: MENDED };
  return [
    useSlice(preset, profile, HISTORICAL, () => drawn(scenarios, HISTORICAL)),
    useSlice(alone.name, alone, HISTORICAL, () => drawn(scenarios, HISTORICAL)),
    coreSlice(`${preset} core`, CORE[file], profile, CORE_HISTORICAL),
  ];
}

/** Revisions of a child, on the buses that its oldest core runs on; its own defects stand alone where the others are repaired. */
function childHistorySlices(preset: string): readonly Slice[] {
  const [file] = preset.split('-');
  if (!Object.hasOwn(CHILDREN, file)) return [];
  const child = CHILDREN[file];
  const { profile } = parseDriverProfile(`driver:${child}@${preset}`);
  const alone: ProfileSpec = { ...profile, name: `${preset}, repaired`, switches: [...MENDED, 'repair-58555'] };
  const scenarios = conformingUse([child]) as fc.Arbitrary<Scenario>;
  return [profile, alone].map((one) => useSlice(one.name, one, HISTORICAL, () => drawn(scenarios, HISTORICAL)));
}

const commandLineSlice = (name: string, profile: ProfileSpec): Slice =>
  useSlice(name, profile, COMMAND_LINES, () => drawn(commandLineScenarios() as fc.Arbitrary<Scenario>, COMMAND_LINES));

const drawn = (scenarios: fc.Arbitrary<Scenario>, count: number): readonly Scenario[] =>
  fc.sample(scenarios, { seed: SEED, numRuns: count });

/** A machine of each byte order. */
function fieldSlice(row: EndianRow): Slice {
  return {
    name: `fields ${row.transport} ${row.profile.name}`,
    count: HOST_NAMES.length,
    open: () => ({
      run(index) {
        const host = HOST_NAMES[index];
        const wrong = [...wrongAccesses(row, host)].sort().join(', ');
        const expected = [...(row.wrong[host] ?? [])].sort().join(', ');
        return wrong === expected ? undefined : `${host}: ${wrong} wrong`;
      },
      events: 0,
    }),
  };
}

/** Each script with the defect and without. */
function regressionSlice({ id, scripts, buggy, fixed }: RegressionCase): Slice {
  return stackSlice(`regression ${id}`, scripts.length, () =>
    scripts.map(({ scenario, buggy: own }) => [() => record(scenario, own ?? buggy), () => record(scenario, fixed)]),
  );
}

const scriptSlice = (name: string, scripts: readonly HandMade[]): Slice =>
  stackSlice(name, scripts.length, () => scripts.map(({ scenario, profile }) => [() => record(scenario, profile)]));

function pciRegisters(): Slice {
  return {
    name: 'PCI registers',
    count: REGISTER_CHECKS.length,
    open: () => ({ run: (index) => REGISTER_CHECKS[index].run(), events: 0 }),
  };
}
