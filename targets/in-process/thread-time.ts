/**
 * Processor time of threads, as Linux tells it. A machine that is busy with other things can stop a thread for many
 * seconds, which is no fault of what runs in it.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** PID/task/TID of the thread that reads it. */
const OWN_THREAD = '/proc/thread-self';

/** The number of the calling thread, or 0 where the system does not tell. */
export function ownThread(): number {
  try {
    return Number(readlinkSync(OWN_THREAD).split('/').at(-1));
  } catch {
    return 0;
  }
}

/** Milliseconds that a thread of this process has run on a processor; undefined where the system does not tell. */
export function threadTime(thread: number): number | undefined {
  if (thread === 0) return undefined;
  try {
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    return undefined;
  }
}
