/** Hunts in workers of their own, since each keeps a core busy: whoever is free takes the next. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Hunt, HuntOrder } from './fault-hunt.ts';

export interface Pool {
  /** Hunters at work at once. */
  readonly jobs: number;
  /** The next order, or undefined when there is nothing (more) to do. */
  next(): HuntOrder | undefined;
  done(hunt: Hunt, order: HuntOrder): void;
}

/** @throws Error when a worker is lost. */
export async function huntAll({ jobs, next, done }: Pool): Promise<void> {
  // Built or not, the hunter lies beside this file.
  const hunter = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './hunter.ts' : './hunter.js', import.meta.url),
  );
  const one = async (): Promise<void> => {
    const first = next();
    if (first === undefined) return;
    let order: HuntOrder = first;
    const worker = new Worker(hunter);
    await new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error(`the hunter of ${order.fault} ended`)));
      worker.on('message', (hunt: Hunt) => {
        done(hunt, order);
        const following = next();
        if (following === undefined) return resolve();
        order = following;
        worker.postMessage(order);
      });
      worker.postMessage(order);
    });
    worker.removeAllListeners();
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: jobs }, one));
}
