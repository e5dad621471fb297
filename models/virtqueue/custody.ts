/** Who may write the memory of a queue as its state changes: set up, live, suspended, out of service. */
import { empty, emptyKeyed } from '../collections.ts';
import { availableBytes, descriptorTableBytes, isQueueSize, usedBytes } from './layout.ts';
import { permitDescribed } from './lenient.ts';
import type { QueueState } from './queue-state.ts';

/** Rings of a size that exists, within guest memory. */
export function ringsFit(queue: QueueState): boolean {
  const { size, context } = queue;
  const { memory } = context;
  return (
    isQueueSize(size) &&
    memory.contains(queue.descriptors, descriptorTableBytes(size)) &&
    memory.contains(queue.available, availableBytes(size)) &&
    memory.contains(queue.used, usedBytes(size))
  );
}

/** The queue is live: the used ring and the writable parts of all exposed chains are the device's. */
export function grantAll(queue: QueueState): void {
  const { context } = queue;
  context.memory.expose(queue.used, usedBytes(queue.size));
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    if (!chain.tainted) context.grant(chain);
  }
  if (queue.standing !== 'judged') permitDescribed(queue);
  queue.deadReported = queue.suspensionReported = false;
}

/** The queue is not live any more. What the device did before may still come to light. */
export function withdrawAll(queue: QueueState): void {
  if (queue.size > 0) withdraw(queue, queue.used, usedBytes(queue.size));
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    for (const { address, length } of chain.writable) withdraw(queue, address, length);
  }
  for (const [address, length] of queue.permitted) withdraw(queue, address, length);
}

function withdraw(queue: QueueState, address: number, length: number): void {
  queue.context.memory.beginClosing(address, length);
  queue.withdrawn.push(address, length);
}

/** Whatever was withdrawn and has not been written until now must not be written any more. */
export function closeWithdrawn(queue: QueueState): void {
  const { withdrawn, context } = queue;
  if (context.memory.allClosed) return;
  for (let i = 0; i < withdrawn.length; i += 2) context.memory.finishClosing(withdrawn[i], withdrawn[i + 1]);
}

/** Reported as suspended: the device must keep off until it is resumed; then the chains are its own again. */
export function suspend(queue: QueueState): void {
  withdrawAll(queue);
  if (queue.context.observing) closeWithdrawn(queue);
  empty(queue.withdrawn);
  // Which bytes were written before is forgotten with the permissions.
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) chain.inexact = true;
}

/** The queue goes out of service: its chains are withdrawn. */
export function withdrawChains(queue: QueueState): void {
  const { context } = queue;
  for (let chain = queue.oldest; chain !== undefined;) {
    const { younger } = chain;
    for (const { address, length } of chain.readable) queue.withdrawn.push(address, length);
    if (!queue.accessible) {
      for (const { address, length } of chain.writable) queue.withdrawn.push(address, length);
    }
    chain.older = chain.younger = undefined;
    if (queue.byHead[chain.head] === chain) queue.byHead[chain.head] = undefined;
    context.abandon(chain);
    chain = younger;
  }
  queue.dropAllUnread();
  queue.oldest = queue.youngest = undefined;
  queue.exposed = 0;
  emptyKeyed(queue.permitted);
}
