/** How a kernel stops. A panic is an outcome of a run, not a defect of the emulator. */
import type { PanicCause } from '../observer.ts';

export class KernelPanic extends Error {
  override readonly name = 'KernelPanic';
  readonly why: PanicCause;

  constructor(why: PanicCause, reason: string) {
    super(reason);
    this.why = why;
  }
}
