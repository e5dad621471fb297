/** Scenarios for a driver stack: a machine, and what happens to it, as plain data. */

/** What a machine is asked to do. Lengths in bytes. */
export type Action =
  | { readonly do: 'attach' | 'detach' | 'rescan' | 'shutdown' | 'settle' }
  | { readonly do: 'output' | 'input'; readonly length: number }
  | {
      readonly do: 'transfer';
      readonly write: boolean;
      readonly length: number;
      readonly misalign: number;
      readonly times?: number;
      readonly poll?: boolean;
      /** First sector, of 512 bytes. */
      readonly block?: number;
    }
  | { readonly do: 'flush' | 'close' }
  | { readonly do: 'dump'; readonly length: number }
  | { readonly do: 'balloon'; readonly pages: number }
  | { readonly do: 'flow'; readonly stopped: boolean }
  | { readonly do: 'up' }
  | { readonly do: 'open'; readonly unit: number }
  /** The host's side of the device gives or takes something. */
  | { readonly do: 'host-input'; readonly length: number }
  /** The host changes the configuration of a console or of a disk, and the device says so. */
  | { readonly do: 'config-change' }
  /** Two threads use a queue at the same time; `order` says whose step comes next. */
  | { readonly do: 'race'; readonly order: readonly number[] };

export interface DriverScenario<Machine> {
  readonly machine: Machine;
  readonly actions: readonly Action[];
}
