/** What came back of each request, kept where two implementations are to be compared. */
import type { Request } from '../../generators/scenario.ts';

export interface Completion {
  readonly queue: number;
  /** The nth chain that the driver built: the same on every implementation as long as the driver does the same. */
  readonly serial: number;
  readonly request: Request;
  /** Nothing else was in flight on the queue while it was. */
  readonly alone: boolean;
  /** used.len; undefined where one used element stood for several chains (2.7.9). */
  readonly length: number | undefined;
  /** The block of memory round the buffers, guards included, as it was collected; the buffers in it that the device may write. */
  readonly block: Uint8Array;
  readonly writable: readonly { readonly from: number; readonly to: number }[];
}
