/** A worker that hunts one fault after another as it is told. */
import { parentPort } from 'node:worker_threads';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { hunt, type HuntOrder } from './fault-hunt.ts';

parentPort?.on('message', (order: HuntOrder) => {
  const fault = deviceFaults.find(({ name }) => name === order.fault);
  if (fault === undefined) throw new RangeError(`no such fault: ${order.fault}`);
  void hunt(fault, order).then((result) => parentPort?.postMessage(result));
});
