/** Ctrl-C and SIGTERM: the first ends the run in good order, the second at once. */
import { EXIT } from './exit-codes.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/**
 * One Ctrl-C can arrive twice: from the terminal, and forwarded by npm or npx that started this process. Nobody means
 * two within this time.
 */
const ONE_KEYPRESS_MS = 300;

/** Listens for both signals; `onFirst` tells the user what happens now. */
export function onInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let first = 0;
  const handle = (): void => {
    const now = performance.now();
    if (controller.signal.aborted) {
      if (now - first > ONE_KEYPRESS_MS) process.exit(EXIT.interrupted);
      return;
    }
    first = now;
    onFirst();
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
