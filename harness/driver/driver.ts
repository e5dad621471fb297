/**
 * The reference driver: interprets a scenario's actions on an Io. Written once for synchronous and batched targets (see
 * io.ts). An action that makes no sense in the present state does nothing.
 */
import { deviceFacts } from '../../models/devices/index.ts';
import type { Action } from '../../generators/scenario.ts';
import type { HostEvent } from '../../models/trace/event-log.ts';
import { askQueue, initialise, resetDevice, setStatus, setUpQueue, type Steps } from './initialise.ts';
import { checkInterrupt, cycle, kickAction, reap, submit } from './queues.ts';
import { REG } from '../../models/mmio/layout.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
import { STATUS } from '../../models/status/status-bits.ts';
import type { DriverState } from './state.ts';

/**
 * Performs one action, as far as that needs no answers: what is left to do once they are there is returned as steps.
 * Operations at the end of an action may stay pending; they go with the next ones whose answers somebody needs.
 */
export function perform(s: DriverState, action: Action): Steps | undefined {
  switch (action.do) {
    case 'init':
      return initialise(s, action);
    case 'probe':
      return probe(s);
    case 'submit':
      return submit(s, action);
    case 'kick':
      kickAction(s, action.queue);
      return undefined;
    case 'reap':
      return reap(s, action.queue, action.ack);
    case 'settle':
      s.io.settle();
      return undefined;
    case 'ack':
      return checkInterrupt(s, action.mask);
    case 'suppress':
      return suppress(s, action);
    case 'cycle':
      return cycle(s, action);
    case 'read-config':
      s.io.read(REG.Config + action.offset, action.size);
      return undefined;
    case 'read-config-all':
      readConfigAll(s);
      return undefined;
    case 'write-config':
      writeConfig(s, action);
      return undefined;
    case 'host':
      host(s, action.event);
      return undefined;
    case 'read':
      s.io.read(action.offset, action.size);
      return undefined;
    case 'write':
      s.io.write(action.offset, action.size, action.value);
      return undefined;
    case 'status':
      addStatus(s, action.set);
      return undefined;
    case 'reset':
      resetDevice(s);
      return undefined;
    case 'queue-reset':
      return queueReset(s, action);
    case 'queue-stop':
      queueStop(s, action.queue);
      return undefined;
    case 'suspend':
      return suspend(s);
    case 'resume':
      return resume(s);
  }
}

/** Reads whatever may be read at any time: identification, feature windows, queue registers, shared memory. */
function* probe(s: DriverState): Steps {
  for (const offset of [REG.MagicValue, REG.Version, REG.DeviceID, REG.VendorID]) s.reg(offset);
  const windows: number[] = [];
  for (const word of s.legacy ? [0] : [0, 1, 2, 3, 7]) {
    s.setReg(REG.DeviceFeaturesSel, word);
    windows.push(s.reg(REG.DeviceFeatures));
  }
  for (const queue of [0, 1, 2, 5, 1023]) {
    s.setReg(REG.QueueSel, queue);
    s.reg(REG.QueueSizeMax);
    s.reg(s.legacy ? REG.QueuePFN : REG.QueueReady);
  }
  // After a device reset too, once the feature was accepted: then it must read 0 (4.2.2.1).
  for (const queue of s.has(FEATURE.RING_RESET) ? s.rings.keys() : s.reached.ringReset ? [0] : []) {
    s.setReg(REG.QueueSel, queue);
    s.reg(REG.QueueReset);
  }
  if (!s.legacy) {
    s.setReg(REG.SHMSel, 0);
    for (const offset of [REG.SHMLenLow, REG.SHMLenHigh, REG.SHMBaseLow, REG.SHMBaseHigh]) s.reg(offset);
    s.reg(REG.ConfigGeneration);
  }
  s.reg(REG.InterruptStatus);
  s.io.interrupt();
  s.reg(REG.Status);
  if (s.io.pending) yield;
  s.offered = [s.regValue(windows[0]), s.legacy ? 0 : s.regValue(windows[1])];
}

function* suppress(s: DriverState, action: Extract<Action, { do: 'suppress' }>): Steps {
  const ring = s.rings.get(action.queue);
  if (!ring || s.broken) return;
  const eventIdx = s.has(FEATURE.EVENT_IDX);
  // Everything that is due is collected first, so that what the device saw is beyond doubt.
  const reaping = reap(s, action.queue, true);
  if (reaping) yield* reaping;
  if ((action.flags & 2) !== 0) ring.setFlags(s.io, 1);
  else if (!eventIdx || action.flags === 0) ring.setFlags(s.io, eventIdx ? 0 : action.flags & 1);
  ring.setUsedEvent(s.io, (ring.usedIdx + action.eventAhead) & 0xffff);
}

function readConfigAll(s: DriverState): void {
  if (!s.legacy) s.reg(REG.ConfigGeneration);
  for (const field of deviceFacts(s).configFields) {
    if (field.feature !== undefined && !s.offers(field.feature)) continue;
    for (let at = 0; at < field.width; at += 4)
      s.io.read(REG.Config + field.offset + at, Math.min(4, field.width - at));
  }
  if (!s.legacy) s.reg(REG.ConfigGeneration);
}

function writeConfig(s: DriverState, action: Extract<Action, { do: 'write-config' }>): void {
  s.io.write(REG.Config + action.offset, action.size, action.value);
  s.io.read(REG.Config + action.offset, action.size);
}

function host(s: DriverState, event: HostEvent): void {
  if (!s.info.hostActions.includes(event.action)) return;
  if (event.action === 'console-input') s.inputDue.add(event.port === 0 ? 0 : 2 * event.port + 2);
  if (event.action === 'break-device') s.broken = true;
  s.io.host(event);
}

function addStatus(s: DriverState, bits: number): void {
  if ((bits & STATUS.FAILED) !== 0) s.broken = true;
  setStatus(s, bits);
  s.reg(REG.Status);
}

function* queueReset(s: DriverState, action: Extract<Action, { do: 'queue-reset' }>): Steps {
  if (!s.has(FEATURE.RING_RESET) || !s.rings.has(action.queue) || !s.live || s.suspended || s.broken) return;
  s.setReg(REG.QueueSel, action.queue);
  s.setReg(REG.QueueReset, 1);
  s.rings.delete(action.queue);
  // Looked at without giving the device time first: what it says must hold while requests are still under way.
  for (const register of [REG.QueueReset, REG.QueueReady, REG.QueueReset]) s.reg(register);
  s.waitReg(REG.QueueReset, 0xffff_ffff, 0);
  s.reg(REG.QueueReady);
  if (!action.enable) return;
  const asked = askQueue(s, action.queue);
  if (s.io.pending) yield;
  setUpQueue(s, asked, action.size);
  s.reg(REG.QueueReset);
}

function queueStop(s: DriverState, queue: number): void {
  if (!s.rings.has(queue) || s.broken) return;
  s.setReg(REG.QueueSel, queue);
  s.setReg(s.legacy ? REG.QueuePFN : REG.QueueReady, 0);
  s.waitReg(s.legacy ? REG.QueuePFN : REG.QueueReady, 0xffff_ffff, 0);
  s.rings.delete(queue);
}

/** Asks for suspension and waits for its end: SUSPEND set and DRIVER_OK clear, or DEVICE_NEEDS_RESET (3.4.1). */
function* suspend(s: DriverState): Steps {
  if (!s.has(FEATURE.SUSPEND) || !s.live || s.suspended || s.broken) return;
  s.setReg(REG.Status, s.status | STATUS.SUSPEND);
  const ref = s.waitReg(REG.Status, STATUS.SUSPEND | STATUS.DRIVER_OK, STATUS.SUSPEND);
  if (s.io.pending) yield;
  if ((s.regValue(ref) & STATUS.SUSPEND) === 0) return;
  s.status = (s.status | STATUS.SUSPEND) & ~STATUS.DRIVER_OK;
  s.suspended = true;
}

function* resume(s: DriverState): Steps {
  if (!s.suspended) return;
  // SUSPEND stays set in what is written: only a reset takes bits away (2.1.1); the device clears it itself.
  s.setReg(REG.Status, s.status | STATUS.DRIVER_OK);
  const ref = s.waitReg(REG.Status, STATUS.SUSPEND | STATUS.DRIVER_OK, STATUS.DRIVER_OK);
  if (s.io.pending) yield;
  if ((s.regValue(ref) & STATUS.DRIVER_OK) === 0) return;
  s.status = (s.status & ~STATUS.SUSPEND) | STATUS.DRIVER_OK;
  s.suspended = false;
}
