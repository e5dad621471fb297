/** Performs a scenario on the reference driver and lets the models judge the driver. */
import type { ReferenceAction, ReferenceScenario } from '../../generators/reference-driver/scenario.ts';
import { CLAUSES, type ClauseId } from '../../models/clauses/catalogue.ts';
import { Contract } from '../../models/contract.ts';
import { Report, type DriverFault } from '../../models/report.ts';
import type { Watcher } from '../driver-stack/perform.ts';
import { ReferenceDriverMachine } from '../../targets/reference-driver/machine.ts';

export interface ReferenceJudged {
  readonly machine: ReferenceDriverMachine;
  /** What the driver did wrong, in the order in which it did. */
  readonly mistakes: readonly DriverFault[];
  /** Clauses that it broke, umbrella clauses with those under them. */
  readonly violated: readonly ClauseId[];
}

export function performReference(
  scenario: ReferenceScenario,
  switches: readonly string[] = [],
  watcher?: Watcher,
): ReferenceJudged {
  const machine = new ReferenceDriverMachine(scenario.machine, switches);
  for (const action of scenario.actions) act(machine, action);
  machine.settle();
  // What a driver has left undone shows when it stops.
  machine.driver.shutDown();
  const report = new Report();
  const contract = new Contract(machine.setup, report);
  watcher?.contract?.(contract);
  contract.judge(machine.log);
  watcher?.judged?.(report);
  const violated = CLAUSES.flatMap(({ id }, index) => (report.brokenByDriver[index] > 0 ? [id] : []));
  return { machine, mistakes: report.driverFaults, violated };
}

function act(machine: ReferenceDriverMachine, action: ReferenceAction): void {
  const { driver } = machine;
  switch (action.do) {
    case 'initialise':
      return driver.initialise(action.decline);
    case 'settle':
      return machine.settle();
    case 'shut-down':
      return driver.shutDown();
    case 'suspend':
      return driver.suspend();
    case 'resume':
      return driver.resume();
    case 'poll':
      driver.poll();
      return;
    case 'reset-queue':
      return driver.resetQueue(action.queue, action.size);
    case 'stop-queue':
      return driver.stopQueue(action.queue);
    case 'notify':
      return driver.notify(action.queue);
    case 'interrupts':
      return driver.wantInterrupts(action.wanted);
    case 'transfer':
      return driver.block?.transfer(action.write, action.sector, action.sectors, action.pieces, action.indirect);
    case 'flush':
      return driver.block?.flush(action.indirect);
    case 'identify':
      return driver.block?.identify(action.indirect);
    case 'lifetime':
      return driver.block?.lifetime(action.indirect);
    case 'clear':
      return driver.block?.clear(
        action.kind,
        action.sector,
        action.sectors,
        action.ranges,
        action.unmap,
        action.indirect,
      );
    case 'cache-mode':
      return driver.block?.setWriteback(action.writeback);
    case 'output':
      return driver.console?.output(action.port, action.length, action.pieces, action.indirect);
    case 'open':
      return driver.console?.open(action.port, action.open);
    case 'random':
      return driver.entropy?.request(action.length, action.pieces, action.indirect);
    case 'host-input':
      return machine.host({ action: 'console-input', port: action.port, bytes: input(action.length) });
    case 'host-port':
      return machine.host({ action: 'port', port: action.port, change: action.change });
    case 'resize-disk':
      if (action.while === 'now') machine.host({ action: 'resize-disk', sectors: action.sectors });
      else machine.resizeAtRead(action.sectors);
      return;
    case 'resize-console':
      return machine.host({ action: 'resize-console', cols: action.cols, rows: action.rows });
    case 'break-device':
      return machine.host({ action: 'break-device' });
    case 'spurious-interrupt':
      return machine.interruptSpuriously();
    case 'device-says':
      return machine.deviceSays(action.queue, action.silent, action.event);
  }
}

function input(length: number): number[] {
  return Array.from({ length }, (_, i) => 0x61 + (i % 26));
}
