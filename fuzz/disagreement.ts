/**
 * Two implementations after the same scenario, compared only where the specification leaves no choice: a false
 * disagreement is worse than a missed one. Nothing is compared once the driver broke a rule, something else was found, or
 * the two negotiated different features.
 */
import type { Bench } from '../harness/perform.ts';
import type { DriverState } from '../harness/driver/state.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import { FEATURE } from '../models/status/feature-bits.ts';
import { compareCompletions } from './compare/completions.ts';
import type { Difference } from './compare/difference.ts';
import { compareQueues } from './compare/queues.ts';
import { compareRegisters, resized } from './compare/registers.ts';
import { compareStreams } from './compare/streams.ts';
import type { Suspect } from './suspects.ts';

/** `judged`: what the models found on either counts, and is found elsewhere; else it keeps nothing from being compared. */
export function disagreementOf(one: Bench, other: Bench, judged = true): Suspect | undefined {
  const [a, b] = [one.driver, other.driver];
  if (a === undefined || b === undefined || !clean(one, a, judged) || !clean(other, b, judged)) return undefined;
  if (!sameWords(a.offered, b.offered) || !sameWords(a.accepted, b.accepted)) return undefined;
  const difference =
    compareFeatures(a, b) ??
    compareRegisters(one, other) ??
    compareCompletions(a, b, resized(one.log) || resized(other.log)) ??
    compareStreams(one, other, a, b) ??
    compareQueues(a, b);
  return difference && suspect(difference, [nameOf(one), nameOf(other)]);
}

/** With VERSION_1, a set of features that both offer is acceptable to both or to none (2.2.2). */
function compareFeatures(a: DriverState, b: DriverState): Difference | undefined {
  if (a.legacy || !a.has(FEATURE.VERSION_1) || a.featuresOk === b.featuresOk) return undefined;
  const words = (ok: boolean): string => (ok ? 'FEATURES_OK accepted' : 'FEATURES_OK refused');
  return { about: 'features', one: words(a.featuresOk), other: words(b.featuresOk) };
}

/** Most scenarios do without probing; no device can tell. */
const HARMLESS: ClauseId = 'mmio.driver.device-initialization.1';

function clean({ contract: { report }, log }: Bench, driver: DriverState, judged: boolean): boolean {
  const { violations, driverFaults } = report;
  if (judged && violations.length > 0) return false;
  if (driverFaults.some(({ clause }) => clause !== HARMLESS)) return false;
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

function suspect({ about, one, other }: Difference, [first, second]: readonly [string, string]): Suspect {
  return {
    sign: { id: `disagreement ${about}`, kind: 'disagreement', clause: null },
    also: [],
    expected: `what ${second} does: ${other}`,
    seen: `${first}: ${one}`,
    state: '',
  };
}
