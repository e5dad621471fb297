/** Performs a scenario on a driver stack and lets the models judge it. */
import type { Action, DriverScenario } from '../../generators/driver/scenario.ts';
import { AttachModel } from '../../models/attach/attach-model.ts';
import type { AttachEvent } from '../../models/attach/events.ts';
import type { AttachFinding } from '../../models/attach/setup.ts';
import { Contract } from '../../models/contract.ts';
import { CLAUSES, clause, type ClauseIndex } from '../../models/clauses/catalogue.ts';
import { swapField } from '../../models/devices/bytes.ts';
import { umbrellasOf } from '../../models/clauses/umbrellas.ts';
import { Report, type DriverFault } from '../../models/report.ts';
import type { Claims, DeviceKind, JudgeSetup } from '../../models/setup.ts';
import {
  DriverMachine,
  type ChildName,
  type MachineSpec,
  type ProfileSpec,
} from '../../targets/driver-stack/machine.ts';
import { isJudgedOnPci } from '../../targets/driver-stack/pci-as-registers.ts';
import { requireWellFormed } from './well-formed.ts';

export type Scenario = DriverScenario<MachineSpec>;

export interface Judged {
  readonly machine: DriverMachine;
  readonly events: readonly AttachEvent[];
  readonly findings: readonly AttachFinding[];
  /** Rules of VIRTIO that the driver broke, where a model of the device exists. */
  readonly virtio: readonly string[];
  /** What the driver did wrong by VIRTIO's rules, as the models put it. */
  readonly mistakes: readonly DriverFault[];
  /** Clauses of either kind, each once, in the order in which they broke. */
  readonly violated: readonly string[];
  /** Clauses that the device under the driver broke, where a model of it exists. */
  readonly device: readonly string[];
  /** Calls that crossed the driver's interface. */
  readonly calls: number;
}

/** Device types that have a model, by what drives them; of the others only what holds for every type is judged. */
const MODELLED: Readonly<Partial<Record<ChildName, DeviceKind>>> = { viocon: 'console', viornd: 'rng', ld: 'blk' };
/** Device ids (5) of those that have none. */
const DEVICE_IDS: Readonly<Partial<Record<ChildName, number>>> = {
  vioif: 1,
  viomb: 5,
  vioscsi: 8,
  vio9p: 9,
  viogpu: 16,
};

/** Hears of the models before they judge, and of every report that was written, for its counts. */
export interface Watcher {
  attach?(model: AttachModel): void;
  contract?(contract: Contract): void;
  judged?(report: Report): void;
}

/** `virtio`: judge VIRTIO's own rules, too, which costs more than everything else. */
export function perform(scenario: Scenario, profile: ProfileSpec, virtio = true, watcher?: Watcher): Judged {
  return judge(record(scenario, profile), virtio, watcher);
}

/** Performs it; nothing is judged yet. */
export function record(scenario: Scenario, profile: ProfileSpec): DriverMachine {
  const machine = new DriverMachine(scenario.machine, profile);
  for (const action of scenario.actions) act(machine, action);
  machine.recorder.drain();
  return machine;
}

/** What the models say of a machine that has run. Throws Error where its record makes no sense. */
export function judge(machine: DriverMachine, virtio = true, watcher?: Watcher): Judged {
  requireWellFormed(machine.events);
  const report = new Report();
  const model = new AttachModel(machine.setup, report);
  watcher?.attach?.(model);
  const findings = [...model.judge(machine.events)];
  watcher?.judged?.(report);
  const mistakes: DriverFault[] = [];
  const { broken, device } = virtio ? judgeVirtio(machine, mistakes, watcher) : NOTHING_BROKEN;
  const violated = [...new Set([...findings.map(({ clause }) => clause as string), ...broken])];
  const calls = machine.events.filter(({ kind }) => kind === 'call').length;
  return { machine, events: machine.events, findings, virtio: broken, mistakes, violated, device, calls };
}

function act(machine: DriverMachine, action: Action): void {
  const { stack } = machine;
  switch (action.do) {
    case 'attach':
      return machine.attach();
    case 'detach':
      return stack.detach();
    case 'rescan':
      return machine.rescan();
    case 'shutdown':
      return stack.shutdown();
    case 'settle':
      return machine.settle();
    case 'host-input':
      return machine.hostInput(action.length);
    case 'config-change':
      machine.changeConfig();
      return;
    case 'race':
      return machine.race(action.order);
    case 'output':
      stack.work({ kind: 'output', data: machine.outputOf(action.length) });
      return;
    case 'input':
      stack.work({ kind: 'input', length: action.length });
      return;
    case 'transfer':
      for (let i = 0; i < (action.times ?? 1); i++) {
        const { write, length, misalign, poll, block } = action;
        const more = { ...(poll === true ? { poll } : {}), ...(block === undefined ? {} : { block }) };
        stack.work({ kind: 'transfer', write, length, misalign, ...more });
      }
      return;
    case 'balloon':
      stack.work({ kind: 'balloon', pages: action.pages });
      return;
    case 'flow':
      stack.work({ kind: 'flow', stopped: action.stopped });
      return;
    case 'up':
      stack.work({ kind: 'up' });
      return;
    case 'open':
      stack.work({ kind: 'open', unit: action.unit });
      return;
    case 'flush':
    case 'close':
      stack.work({ kind: action.do });
      return;
    case 'dump':
      stack.work({ kind: 'dump', length: action.length });
      return;
  }
}

/** What emulated devices are if nothing else is asked for. */
const MAC = [0x02, 0x00, 0x5e, 0x10, 0x00, 0x01];
const MOUNT_TAG = 'home';
const WANTED_PAGES = 0x1234;
const SCSI_BLOCKS = 4096;
const SCSI_FIELDS = {
  seg_max: 126,
  max_sectors: 0xffff,
  cmd_per_lun: 128,
  max_channel: 0,
  max_target: 255,
  max_lun: 16383,
};

const NOTHING_BROKEN = { broken: [], device: [] };

/** What the device was configured with. */
function claimsOf(machine: DriverMachine): Claims {
  const { child, device } = machine.spec;
  const { leFields, config: order } = machine.setup;
  // Read in the order of the space, a field of another order is another number.
  const ordered = (value: number, width: number): number =>
    leFields === order ? value : Number(swapField(BigInt(value), width));
  const config: Record<string, number> = {
    ...(child === 'vioscsi' ? { ...SCSI_FIELDS, cmd_per_lun: device.cmdPerLun ?? SCSI_FIELDS.cmd_per_lun } : {}),
    ...(child === 'viomb' ? { num_pages: ordered(device.balloonPages ?? WANTED_PAGES, 4) } : {}),
    ...(child === 'vio9p' ? tagFields(device.mountTag ?? MOUNT_TAG, ordered) : {}),
    ...(child === 'vioif' ? Object.fromEntries((device.mac ?? MAC).map((byte, i) => [`mac[${i}]`, byte])) : {}),
  };
  const { failEvery, scsiTarget: target = 0 } = device;
  const scsiDisk = { target, blocks: SCSI_BLOCKS, failEvery, numbered: true };
  return { config, loop: child === 'vioif', balloonFields: leFields, repliesIn9p: true, scsiDisk };
}

function tagFields(tag: string, ordered: (value: number, width: number) => number): Record<string, number> {
  const letters = [...tag].map((letter, i): [string, number] => [`tag[${i}]`, letter.charCodeAt(0)]);
  return { tag_len: ordered(tag.length, 2), ...Object.fromEntries(letters) };
}

/** VIRTIO's own rules for drivers, judged by the contract that judges everything else. */
function judgeVirtio(
  machine: DriverMachine,
  mistakes: DriverFault[],
  watcher?: Watcher,
): { readonly broken: readonly string[]; readonly device: readonly string[] } {
  const { transport: bus, child } = machine.spec;
  const pci = bus.startsWith('pci');
  const { registers, config, rings } = machine.setup;
  const guest = machine.stack.kernel.host.order;
  const setup: JudgeSetup = {
    device: MODELLED[child] ?? 'other',
    ...(MODELLED[child] === undefined ? { deviceId: DEVICE_IDS[child] } : {}),
    // PCI is told of as the accesses to virtio-mmio that mean the same.
    transport: bus === 'mmio-v1' || bus === 'pci-0.9' ? 'mmio-v1' : 'mmio-v2',
    mode: { name: guest === 'little' ? 'le' : 'be-legacy', guest, registers, config, rings },
    memory: { base: machine.memoryBase, size: machine.memorySize },
    observesDeviceStores: true,
    observesInterrupt: true,
    claims: claimsOf(machine),
  };
  const report = new Report();
  const contract = new Contract(setup, report);
  watcher?.contract?.(contract);
  contract.judge(machine.log);
  watcher?.judged?.(report);
  const judged = (index: ClauseIndex): boolean => !pci || isJudgedOnPci(CLAUSES[index]);
  const broken = new Set<ClauseIndex>();
  for (const mistake of report.driverFaults) {
    const index = mistake.clause === undefined ? undefined : clause(mistake.clause);
    if (index !== undefined && !judged(index)) continue;
    mistakes.push(mistake);
    if (index === undefined) continue;
    // Umbrella clauses break with those under them.
    for (const one of [index, ...umbrellasOf(index)]) if (judged(one)) broken.add(one);
  }
  const device = report.violations.map(({ clause: id }) => id).filter((id) => judged(clause(id)));
  return {
    broken: CLAUSES.flatMap(({ id }, index) => (broken.has(index as ClauseIndex) ? [id] : [])),
    device: [...new Set(device)],
  };
}
