/**
 * Two implementations after the same scenario, compared only where the specification leaves no choice: a false
 * disagreement is worse than a missed one. Nothing is compared once the driver broke a rule, something else was found, or
 * the two negotiated different features. What data requests return is judged by the models already.
 */
import type { Bench } from '../harness/perform.ts';
import type { DriverState } from '../harness/driver/state.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import { REG } from '../models/mmio/layout.ts';
import { FEATURE } from '../models/status/feature-bits.ts';
import { STATUS, statusNames } from '../models/status/status-bits.ts';
import { EventKind, type EventLog } from '../models/trace/event-log.ts';
import type { Suspect } from './suspects.ts';

export function disagreementOf(one: Bench, other: Bench): Suspect | undefined {
  const [a, b] = [one.driver, other.driver];
  if (a === undefined || b === undefined || !clean(one, a) || !clean(other, b)) return undefined;
  if (!sameWords(a.offered, b.offered) || !sameWords(a.accepted, b.accepted)) return undefined;
  const names = [nameOf(one), nameOf(other)] as const;
  if (!a.legacy && a.has(FEATURE.VERSION_1) && a.featuresOk !== b.featuresOk) {
    return suspect(
      'features',
      names,
      a.featuresOk ? 'FEATURES_OK accepted' : 'refused',
      b.featuresOk ? 'accepted' : 'refused',
    );
  }
  if (a.status !== b.status || a.suspended !== b.suspended) return undefined;
  for (const [index, ring] of a.rings) {
    const twin = b.rings.get(index);
    // Requests that may stay with the device for as long as it likes (receive buffers) tell nothing.
    if (twin === undefined || ring.size !== twin.size || ring.inFlight.size > 0 || twin.inFlight.size > 0) continue;
    if (ring.usedIdx !== twin.usedIdx) {
      return suspect(`used ${index}`, names, `queue ${index}: used.idx ${ring.usedIdx}`, `used.idx ${twin.usedIdx}`);
    }
  }
  const [shownByOne, shownByOther] = [lastStatus(one.log), lastStatus(other.log)];
  if (a.suspended || shownByOne === undefined || shownByOther === undefined) return undefined;
  if (shownByOne !== shownByOther) {
    return suspect('status', names, statusNames(shownByOne), statusNames(shownByOther));
  }
  return undefined;
}

/** Most scenarios do without probing; no device can tell. */
const HARMLESS: ClauseId = 'mmio.driver.device-initialization.1';

function clean({ contract: { report }, log }: Bench, driver: DriverState): boolean {
  const { violations, driverFaults } = report;
  if (violations.length > 0 || driverFaults.some(({ clause }) => clause !== HARMLESS)) return false;
  if (driver.gaveUp || driver.broken) return false;
  return log.objects.every(
    (object) => !('outcome' in object) && !('action' in object && object.action === 'break-device'),
  );
}

function sameWords(a: readonly number[], b: readonly number[]): boolean {
  return a.every((word, i) => word === b[i]);
}

function nameOf({ session: { info } }: Bench): string {
  return `${info.target} ${info.version}`;
}

/** What the last read of Status showed, if nothing was written to it since; raw, as both have the same byte order. */
function lastStatus({ kind, address, value, length }: EventLog): number | undefined {
  for (let row = length - 1; row >= 0; row--) {
    if (address[row] !== REG.Status) continue;
    if (kind[row] === EventKind.RegWrite) return undefined;
    if (kind[row] === EventKind.RegRead) return value[row] & ~STATUS.DEVICE_NEEDS_RESET;
  }
  return undefined;
}

function suspect(about: string, [one, other]: readonly [string, string], expected: string, seen: string): Suspect {
  return {
    sign: { id: `disagreement ${about}`, kind: 'disagreement', clause: null },
    also: [],
    expected: `what ${other} does: ${seen}`,
    seen: `${one}: ${expected}`,
    state: '',
  };
}
