/**
 * What a driver owes an offer besides its selection (2.2.1, 2.5.1): to give up where it has to, and only there. When that is,
 * depends on what the driver can do without, which it has to declare.
 */
import { clause } from '../clauses/catalogue.ts';
import type { MmioContext } from '../mmio/context.ts';
import { featureName } from './feature-bits.ts';

const FALLS_BACK = clause('basic.driver.feature-bits.6');
const GIVES_UP = clause('basic.driver.feature-bits.7');
const UNKNOWN_HARMLESS = clause('basic.driver.feature-bits.8');
const ANY_SIZE = clause('basic.driver.device-configuration-space.4');
const LARGE_ENOUGH = clause('basic.driver.device-configuration-space.5');

/** What is known of the offer that the driver has read. */
export interface ReadOffer {
  /** Bits that no driver for this type and transport can know are offered. */
  readonly offersUnknown: boolean;
  isOffered(bit: number): boolean | undefined;
}

/** The driver set FAILED before it had selected anything: nothing but the offer, or the configuration, can be why. */
export function judgeGivingUp(context: MmioContext, offer: ReadOffer): void {
  const { driver } = context.setup;
  if (driver === undefined) return;
  const missing = missingFrom(driver.requires, offer);
  if (missing.length > 0) {
    context.report.exercise(GIVES_UP);
    return;
  }
  const what = 'gave up on a device that offers everything that the driver needs';
  if (offer.offersUnknown) {
    context.breakNothing('basic.driver.feature-bits.8', `${what}, and features that it cannot know`);
  } else if (roomy(context)) {
    const size = `${what}, with ${String(context.setup.configSize)} bytes of configuration space`;
    context.breakNothing('basic.driver.device-configuration-space.4', size);
    context.breakNothing('basic.driver.device-configuration-space.5', size);
  } else context.breakNothing('basic.driver.feature-bits.6', what);
}

/** The driver has made its selection: it goes on. */
export function judgeGoingOn(context: MmioContext, offer: ReadOffer): void {
  const { report, setup } = context;
  if (setup.driver === undefined) return;
  report.exercise(FALLS_BACK);
  if (offer.offersUnknown) report.exercise(UNKNOWN_HARMLESS);
  if (roomy(context)) {
    report.exercise(ANY_SIZE);
    report.exercise(LARGE_ENOUGH);
  }
  const missing = missingFrom(setup.driver.requires, offer);
  if (missing.length === 0) return;
  const names = missing.map(featureName).join(', ');
  context.breakNothing('basic.driver.feature-bits.7', `went on without ${names}, which the driver needs`);
}

function missingFrom(requires: readonly number[], offer: ReadOffer): readonly number[] {
  return requires.filter((bit) => offer.isOffered(bit) === false);
}

/** The configuration space is larger than the fields that the specification has for the type. */
function roomy({ setup, facts }: MmioContext): boolean {
  if (setup.configSize === undefined || facts.opaqueConfig === true) return false;
  return setup.configSize > facts.configFields.reduce((end, { offset, width }) => Math.max(end, offset + width), 0);
}
