/** Vectors of drivers: what each regression case's scripts make the driver stack do, with the defect and without. */
import type { Judged, perform } from '../../harness/driver-stack/perform.ts';
import type { ClauseId } from '../../models/clauses/catalogue.ts';
import type { AttachEvent } from '../../models/attach/events.ts';
import type { RegressionCase } from '../regressions/case.ts';
import { clauseFields, resultOf, type Vector, type VectorEvent } from './vector.ts';

export function driverVectors(regression: RegressionCase, run: typeof perform): readonly Vector[] {
  return regression.scripts.flatMap((script, i) => {
    const buggy = run(script.scenario, script.buggy ?? regression.buggy, false);
    const fixed = run(script.scenario, regression.fixed, false);
    const clause = script.breaks.find((id) => buggy.findings.some((finding) => finding.clause === id));
    // Rules of VIRTIO's own are shown by the traces of devices' drivers elsewhere.
    if (clause === undefined) return [];
    const id = `driver/${regression.id}/${String(i + 1)}`;
    const { expected, seen, event } = buggy.findings.find((finding) => finding.clause === clause)!;
    const common = {
      party: 'driver' as const,
      ...clauseFields(clause),
      notes: `${regression.title}. ${script.name}.`,
      device: buggy.machine.spec.child,
      transport: buggy.machine.spec.transport,
    };
    const events = eventsOf(buggy, event + 1);
    return [
      { id, result: resultOf(clause as ClauseId), ...common, expected, seen, brokeAt: events.length - 1, events },
      { id: `${id}/valid`, result: 'valid' as const, ...common, events: eventsOf(fixed) },
    ];
  });
}

function eventsOf({ events }: Judged, end = events.length): readonly VectorEvent[] {
  return events.slice(0, end).map(eventOf);
}

/** Accesses to registers and memory as with devices, with the name of the area; all else as an object, by its kind. */
function eventOf(event: AttachEvent): VectorEvent {
  if (event.kind === 'register') {
    return [event.access === 'read' ? 'r' : 'w', event.offset, event.size, event.raw, event.area];
  }
  if (event.kind === 'store' || event.kind === 'device-store') {
    return [event.kind === 'store' ? 'store' : 'dstore', event.address, Buffer.from(event.bytes).toString('hex')];
  }
  if (event.kind === 'settled') return ['settled', 1];
  const { kind, ...rest } = event;
  return [kind, rest];
}
