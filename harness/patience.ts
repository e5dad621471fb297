/** How long an implementation on the other side of a socket is waited for. */
import type { Session } from '../targets/target.ts';

/** How long waits last there until a finding is confirmed, in milliseconds. */
export const SHORT_PATIENCE_MS = 150;

/** Does something while every wait lasts as long as the target means it to: what shows then is no matter of load. */
export async function patiently<T>(session: Session, work: () => Promise<T>): Promise<T> {
  if (session.kind === 'async') session.setWaitPatience?.();
  try {
    return await work();
  } finally {
    if (session.kind === 'async') session.setWaitPatience?.(SHORT_PATIENCE_MS);
  }
}
