/** What a driver must not put into the queues of a console (5.3.6.1, 5.3.6.4). */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ChainView, Negotiated } from '../../seams.ts';
import { CONTROL_RX, CONTROL_TX, Feature, MESSAGE, receives } from './constants.ts';

const RECEIVE_WRITABLE = 'console.driver.device-operation.1';
const TRANSMIT_READABLE = 'console.driver.device-operation.2';
const FRAMING = 'console.driver.legacy-framing-requirements.1';

/** Judges a buffer that the driver has just exposed. `legacy`: the features in force, if the legacy interface is in use. */
export function judgeDriver(chain: ChainView, legacy: Negotiated | undefined, report: Report): void {
  const receive = receives(chain.queue);
  const id = receive ? RECEIVE_WRITABLE : TRANSMIT_READABLE;
  const wrong = receive ? chain.readableLength : chain.writableLength;
  if (wrong === 0) report.exercise(clause(id));
  else report.driverBroke(id, 'nothing', `${wrong} bytes of the wrong direction in queue ${chain.queue}`);
  const control = chain.queue === CONTROL_RX || chain.queue === CONTROL_TX;
  const room = receive ? chain.writableLength : chain.readableLength;
  if (wrong === 0 && !chain.tainted && room < (control ? MESSAGE : 1)) {
    report.driverBroke(undefined, 'nothing', `a buffer of ${room} bytes in queue ${chain.queue}`);
  }
  if (!control || legacy === undefined || legacy.has(Feature.ANY_LAYOUT)) return;
  const { length } = receive ? chain.writable : chain.readable;
  if (length <= 1) report.exercise(clause(FRAMING));
  else report.driverBroke(FRAMING, 'nothing', `a control buffer of ${length} descriptors`);
}
