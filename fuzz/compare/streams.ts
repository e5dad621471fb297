/**
 * The console's two streams (5.3.6): what the driver transmits comes out on the host's side, and what the host types comes
 * into the driver's buffers, in order and unchanged. How the bytes are cut up, and how many have arrived at any moment, is
 * the device's own business: of two streams the shorter has to be the beginning of the longer. Only in process, where
 * nothing of an earlier scenario can be under way, and only where the driver was never reset and nothing was stopped: a
 * reset may lose what it finds (2.4).
 */
import type { Bench } from '../../harness/perform.ts';
import type { Completion } from '../../harness/driver/completion.ts';
import type { DriverState } from '../../harness/driver/state.ts';
import { REG } from '../../models/mmio/layout.ts';
import { EventKind, type EventLog } from '../../models/trace/event-log.ts';
import type { Difference } from './difference.ts';

/** Writes of 0 to Status that begin every scenario. */
const FIRST_RESETS = 1;

export function compareStreams(one: Bench, other: Bench, a: DriverState, b: DriverState): Difference | undefined {
  if (a.device !== 'console' || one.session.kind !== 'sync' || other.session.kind !== 'sync') return undefined;
  if (interrupted(one.log) || interrupted(other.log)) return undefined;
  const [mine, theirs] = [received(a), received(b)];
  for (const [queue, bytes] of mine) {
    const difference = compare(`received ${queue}`, `queue ${queue} receives`, bytes, theirs.get(queue) ?? []);
    if (difference !== undefined) return difference;
  }
  const [out, twin] = [outputs(one.log), outputs(other.log)];
  for (const [port, bytes] of out) {
    const difference = compare(`transmitted ${port}`, `port ${port} puts out`, bytes, twin.get(port) ?? []);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Resets beyond the first, and queues that were stopped or reset. */
function interrupted({ length, kind, address, value }: EventLog): boolean {
  let resets = 0;
  for (let row = 0; row < length; row++) {
    if (kind[row] !== EventKind.RegWrite) continue;
    if (address[row] === REG.Status && value[row] === 0 && ++resets > FIRST_RESETS) return true;
    if (address[row] === REG.QueuePFN && value[row] === 0) return true;
    if (address[row] === REG.QueueReady && value[row] === 0) return true;
    if (address[row] === REG.QueueReset && value[row] !== 0) return true;
  }
  return false;
}

/** What came into the receive buffers of each queue, by the order of the chains. Ends where that order is not known. */
function received({ completions = [] }: DriverState): Map<number, readonly number[]> {
  const streams = new Map<number, number[]>();
  for (const one of completions) {
    if (one.request.kind !== 'console-in' || one.length === undefined) continue;
    const stream = streams.get(one.queue) ?? [];
    streams.set(one.queue, stream);
    stream.push(...written(one, one.length));
  }
  return streams;
}

function written({ block, writable }: Completion, length: number): number[] {
  const bytes = writable.flatMap(({ from, to }) => [...block.subarray(from, to)]);
  return bytes.slice(0, length);
}

function outputs({ objects }: EventLog): Map<number, readonly number[]> {
  const streams = new Map<number, number[]>();
  for (const object of objects) {
    if (!('action' in object) || object.action !== 'console-output') continue;
    streams.set(object.port, [...(streams.get(object.port) ?? []), ...object.bytes]);
  }
  return streams;
}

function compare(
  about: string,
  what: string,
  mine: readonly number[],
  theirs: readonly number[],
): Difference | undefined {
  const common = Math.min(mine.length, theirs.length);
  for (let at = 0; at < common; at++) {
    if (mine[at] === theirs[at]) continue;
    return { about, one: `${what} 0x${mine[at].toString(16)} as byte ${at}`, other: `0x${theirs[at].toString(16)}` };
  }
  return undefined;
}
