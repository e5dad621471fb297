/** What attach_failed(9) answers, on runs whose record is altered in that one place. */
import { expect, it } from 'vitest';
import { AttachModel } from '../../models/attach/attach-model.ts';
import { Report } from '../../models/report.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import type { DeviceSpec } from '../../targets/driver-stack/machine.ts';
import { record } from './perform.ts';

/** Clauses that break where a driver attaches, with every answer turned round or as it was. */
function broken(device: DeviceSpec, turned: boolean): readonly string[] {
  const machine = record(
    {
      machine: { child: 'viornd', transport: 'mmio-v2', host: 'le', diagnostic: true, device },
      actions: [{ do: 'attach' }],
    },
    { name: 'mended', switches: MENDED },
  );
  const events = machine.events.map((event) =>
    turned && event.kind === 'return' && event.api === 'attach_failed'
      ? { ...event, facts: { failed: event.facts.failed !== true } }
      : event,
  );
  return new AttachModel(machine.setup, new Report()).judge(events).map(({ clause }) => clause);
}

it('agrees with what has happened', () => {
  expect(broken({}, false)).toEqual([]);
  expect(broken({}, true)).toEqual(['netbsd.healthy-device-attaches']);
  expect(broken({ absentQueues: [0] }, false)).toEqual([]);
  expect(broken({ absentQueues: [0] }, true)).toEqual(['netbsd.teardown']);
});
