/** Scenarios for a driver stack as a slice: performed, written down, and judged where anything in the record differs. */
import { createHash, type Hash } from 'node:crypto';
import { judge, record, type Judged, type Scenario } from '../../harness/driver-stack/perform.ts';
import type { DriverMachine, ProfileSpec } from '../../targets/driver-stack/machine.ts';
import { LostInterrupt, WrongConfigChange } from '../core/record.ts';
import { SAME_RECORD, type Slice } from './suite.ts';

/** Performs a scenario; nothing is judged yet. */
export type Trial = () => DriverMachine;

/** `draw` gives the trials of each of `count` indexes; it is called once. */
export function stackSlice(name: string, count: number, draw: () => readonly (readonly Trial[])[]): Slice {
  let drawn: readonly (readonly Trial[])[] | undefined;
  return {
    name,
    count,
    compares: true,
    open() {
      const trials = (drawn ??= draw());
      let [events, told] = [0, ''];
      return {
        run(index, known) {
          let machines: readonly DriverMachine[];
          try {
            machines = trials[index].map((perform) => perform());
          } catch (error) {
            // Revisions of history may do what the scenario's own driver objects to.
            if (!(error instanceof LostInterrupt || error instanceof WrongConfigChange)) throw error;
            return (told = error.message);
          }
          events = machines.reduce((sum, machine) => sum + machine.events.length, 0);
          told = recordOf(machines);
          return told === known ? SAME_RECORD : verdictOn(machines);
        },
        get events() {
          return events;
        },
        get record() {
          return told;
        },
      };
    },
  };
}

/** The same for scenarios that are all performed on one profile. */
export function useSlice(name: string, profile: ProfileSpec, count: number, draw: () => readonly Scenario[]): Slice {
  return stackSlice(name, count, () => draw().map((scenario) => [() => record(scenario, profile)]));
}

/** What each machine breaks; undefined where all is well. */
function verdictOn(machines: readonly DriverMachine[]): string | undefined {
  const texts = machines.map((machine) => verdictOf(judge(machine), machine.stack.panicked?.why));
  return texts.every((text) => text === '') ? undefined : texts.join(' | ');
}

const NUMBERS = /0x[0-9a-f]+|\d+/g;

/**
 * Clauses that driver or device break, what was owed, and how the kernel ends. A revision of history breaks some clause in most
 * scenarios; what was owed tells apart the ways to break it. Numbers in it say where and how often, which is no other way.
 */
export function verdictOf(
  { violated, device, findings }: Pick<Judged, 'violated' | 'device' | 'findings'>,
  end: string | undefined,
): string {
  const owed = findings.map(({ clause, expected }) => `${clause}: ${expected.replace(NUMBERS, 'N')}`);
  const ends = end === undefined ? [] : [`panic: ${end}`];
  return [...violated, ...device, ...ends, ...[...new Set(owed)].sort()].join(', ');
}

/** A digest of all that the models are given of machines that have run. */
export function recordOf(machines: readonly DriverMachine[]): string {
  const hash = createHash('sha1');
  for (const machine of machines) addRecord(hash, machine);
  return hash.digest('base64');
}

function addRecord(hash: Hash, { log, events, setup }: DriverMachine): void {
  hash.update(JSON.stringify(setup));
  const { length } = log;
  hash.update(log.kind.subarray(0, length)).update(log.address.subarray(0, length));
  hash.update(log.size.subarray(0, length)).update(log.value.subarray(0, length));
  hash.update(log.bytes.subarray(0, log.bytesLength)).update(JSON.stringify(log.objects));
  let text = '';
  for (const event of events) {
    // The bytes of stores are those of the log.
    if (event.kind === 'store' || event.kind === 'device-store') text += `${event.kind} ${event.address}\n`;
    else if (event.kind === 'entry') text += `${event.size} ${event.base} ${event.irq} ${event.announced}\n`;
    else text += `${JSON.stringify(event)}\n`;
  }
  hash.update(text);
}
