/**
 * Every conversation over the control queues up to a length (5.3.6.2), between a driver and a device that says whatever
 * it likes about two ports. The model accuses at a message exactly where the rules, told here once more and apart from the
 * model, forbid it.
 */
import { describe, expect, it } from 'vitest';
import type { ClauseId } from '../../clauses/catalogue.ts';
import { Report } from '../../report.ts';
import { Bench } from '../testing/console-bench.ts';
import { ControlEvent, Feature } from './constants.ts';

const PORTS = [0, 1];
const LENGTH = 4;
const REPORT = new Report();

type Step =
  | {
      readonly by: 'device';
      readonly event: 'DEVICE_ADD' | 'DEVICE_REMOVE' | 'PORT_OPEN' | 'CONSOLE_PORT';
      readonly port: number;
    }
  | { readonly by: 'driver'; readonly event: 'DEVICE_READY' | 'PORT_READY' | 'PORT_OPEN'; readonly port: number }
  | { readonly by: 'driver'; readonly event: 'reset' };

const STEPS: readonly Step[] = [
  ...PORTS.flatMap((port): Step[] => [
    { by: 'device', event: 'DEVICE_ADD', port },
    { by: 'device', event: 'DEVICE_REMOVE', port },
    { by: 'device', event: 'PORT_OPEN', port },
    { by: 'driver', event: 'PORT_READY', port },
  ]),
  { by: 'device', event: 'CONSOLE_PORT', port: 0 },
  { by: 'driver', event: 'PORT_OPEN', port: 0 },
  { by: 'driver', event: 'DEVICE_READY', port: 0 },
  { by: 'driver', event: 'reset' },
];

/** What the rules say of a conversation, as plain sets. */
class Rules {
  readonly #exist = new Set<number>();
  /** Ports about which the driver has spoken before it was told of them: an answer announces nothing. */
  readonly #asked = new Set<number>();
  #readies = 0;

  /** The clause that the step breaks, if it is the device's to keep. */
  take(step: Step): ClauseId | undefined {
    if (step.event === 'reset') {
      this.#exist.clear();
      this.#asked.clear();
      this.#readies = 0;
      return undefined;
    }
    const { port } = step;
    const exists = this.#exist.has(port);
    if (step.by === 'driver') {
      if (step.event === 'DEVICE_READY') this.#readies++;
      else if (!exists) this.#asked.add(port);
      return undefined;
    }
    switch (step.event) {
      case 'DEVICE_ADD':
        this.#exist.add(port);
        // Whoever says again that it is ready is told again what there is.
        return exists && this.#readies < 2 ? 'console.device.multiport-device-operation.1' : undefined;
      case 'DEVICE_REMOVE':
        this.#exist.delete(port);
        return exists ? undefined : 'console.device.multiport-device-operation.2';
      default:
        return exists || this.#asked.has(port) ? undefined : 'untagged.console.4';
    }
  }
}

function* conversations(length: number): Generator<Step[]> {
  if (length === 0) yield [];
  else for (const rest of conversations(length - 1)) for (const step of STEPS) yield [...rest, step];
}

function perform(bench: Bench, step: Step): void {
  if (step.event === 'reset') {
    bench.model.reset();
    bench.start();
  } else if (step.by === 'driver') {
    bench.say(step.port, ControlEvent[step.event]);
  } else {
    bench.hear(step.port, ControlEvent[step.event], 1);
  }
}

describe(`all conversations of ${LENGTH} messages`, () => {
  it('are judged as the rules say, message by message', () => {
    const mismatches: string[] = [];
    let legal = 0;
    let illegal = 0;
    for (const conversation of conversations(LENGTH)) {
      const bench = new Bench({ accepted: [Feature.MULTIPORT] }, REPORT);
      const rules = new Rules();
      for (const step of conversation) {
        const expected = rules.take(step);
        perform(bench, step);
        const broken = bench.take();
        if (expected === undefined) legal++;
        else illegal++;
        if (broken.join() !== (expected ?? '')) {
          const said = conversation.map((one) => `${one.by} ${one.event}`).join(', ');
          mismatches.push(`${said}: expected ${expected ?? 'nothing'}, broke ${broken.join()}`);
        }
      }
    }
    expect(mismatches.slice(0, 10)).toEqual([]);
    expect(illegal).toBeGreaterThan(10_000);
    expect(legal).toBeGreaterThan(10_000);
  });
});
