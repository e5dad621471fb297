/** Used chains whose content becomes known only as the driver reads it (inferred knowledge). */
import { clause } from '../clauses/catalogue.ts';
import type { QueueState } from './queue-state.ts';
import { hex } from './walk.ts';

const WRITTEN = clause('split.device.virtqueue-used-ring.2');

/** So many bytes of poison in a row are no coincidence. */
const POISON_RUN = 16;

/** The driver has loaded guest memory: completes the used chains whose writable part it knows now (inferred knowledge). */
export function buffersLoaded(queue: QueueState, address: number, size: number): void {
  const { context, unread } = queue;
  const { memory, report } = context;
  for (let i = 0; i < unread.length; i++) {
    const chain = unread[i];
    if (!chain.writableTouches(address, size)) continue;
    if (chain.writable.some((segment) => memory.isClosing(segment.address, segment.length))) continue;
    unread.splice(i--, 1);
    let left = chain.usedLength;
    for (const segment of chain.writable) {
      const length = Math.min(left, segment.length);
      left -= length;
      if (!memory.keptPoison(segment.address, length, POISON_RUN)) continue;
      report.violate(
        WRITTEN,
        `queue ${queue.index}: the first ${chain.usedLength} writable bytes of the chain at head ${chain.head} written`,
        `the descriptor at ${hex(segment.address)} still holds what the driver had put there`,
      );
      chain.tainted = true;
      break;
    }
    context.device.completed(chain, chain.usedLength);
    context.returnChain(chain);
  }
}
