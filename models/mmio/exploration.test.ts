/**
 * Every sequence of driver actions up to a depth, on an ideal register file: breadth first over the states that device,
 * model and driver can be in together. In each state: the model accuses nobody wrongly, it knows the device's state, and
 * each action that breaks a rule is reported under that rule.
 */
import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import { Bench } from './testing/bench.ts';
import { ACTIONS, ReferenceDriver, type Action } from './testing/reference-driver.ts';

interface Explored {
  readonly states: number;
  readonly illegal: number;
  readonly mismatches: string[];
}

const REPORT = new Report();

function replay(path: readonly Action[], slow: boolean): { bench: Bench; driver: ReferenceDriver } {
  const bench = new Bench({ slow }, REPORT);
  bench.probe();
  const driver = new ReferenceDriver();
  driver.act(bench, 'reset');
  driver.act(bench, 'read status');
  for (const action of path) driver.act(bench, action);
  return { bench, driver };
}

/** Where explorations start: from reset, from negotiated features, from a live device with a queue. */
const NEGOTIATED: Action[] = ['ack', 'driver', 'offer', 'select good', 'features ok', 'read status'];
const LIVE: Action[] = [...NEGOTIATED, 'program', 'ready 1', 'driver ok'];

function explore(root: readonly Action[], depth: number, slow: boolean): Explored {
  const seen = new Set<string>();
  const mismatches: string[] = [];
  let illegal = 0;
  let frontier: Action[][] = [[...root]];
  for (let d = 0; d < depth; d++) {
    const next: Action[][] = [];
    for (const path of frontier) {
      // Once the device is void until reset, no other action has anything to tell.
      const actions = replay(path, slow).driver.void ? (['read status', 'reset'] as const) : ACTIONS;
      for (const action of actions) {
        const { bench, driver } = replay(path, slow);
        const { report, model, device } = bench;
        const before = report.driverFaults.length;
        const expected = driver.breaks(action);
        const wasVoid = driver.void;
        const note = (what: string) => mismatches.push(`${[...path, action].join(', ')}: ${what}`);
        driver.act(bench, action);
        const first = report.driverFaults[before] as (typeof report.driverFaults)[0] | undefined;
        if (expected !== undefined) illegal++;
        if (!wasVoid && (first === undefined ? expected !== undefined : (first.clause ?? '') !== expected)) {
          note(`expected fault ${String(expected)}, reported ${String(first?.clause)} (${String(first?.what)})`);
        }
        for (const v of report.violations) note(`accused: ${v.clause}: ${v.expected}; seen ${v.seen}`);
        if (!driver.void && !driver.resetting && !driver.hasty) {
          if (model.voided) note('void without reason');
          if (model.driverOk !== driver.live) note('DRIVER_OK not followed');
          const settled = device.pending.length === 0 && driver.suspend === 'no' && driver.negotiation !== 'asked';
          if (settled && (model.status.written & ~16) !== (device.status & ~16)) {
            note(`model has status ${String(model.status.written)}, the device ${String(device.status)}`);
          }
        }
        if (mismatches.length > 20) return { states: seen.size, illegal, mismatches };
        const key = `${device.key()} ${driver.key()} ${model.describe()}`;
        if (seen.has(key)) continue;
        seen.add(key);
        next.push([...path, action]);
      }
    }
    frontier = next;
  }
  return { states: seen.size, illegal, mismatches };
}

describe('all driver actions up to a depth', () => {
  for (const slow of [false, true]) {
    const device = slow ? 'a device that takes its time' : 'a device that is quick';
    for (const [name, root, depth] of [
      ['reset', [], 5],
      ['negotiated features', NEGOTIATED, 5],
      ['a live queue', LIVE, 5],
    ] as const) {
      it(`from ${name}, on ${device}`, () => {
        const { states, illegal, mismatches } = explore(root, depth, slow);
        expect(mismatches).toEqual([]);
        expect(states).toBeGreaterThan(1500);
        expect(illegal).toBeGreaterThan(2500);
      });
    }
  }
});
