/**
 * The core on a network device, with what vioif does not do: commands for a device that knows none, and frames that come
 * in while there is no buffer for them, also over a reset. Judged by the network device's messages.
 */
import type { CoreAction, CoreScenario } from '../../generators/driver/core.ts';
import { DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import type { MachineSpec } from '../../targets/driver-stack/machine.ts';

/** MAC, STATUS, CTRL_VQ. */
const WANT = [5, 16, 17];
const QUEUE_SIZE = 8;
const [RECEIVE, TRANSMIT, CONTROL] = [0, 1, 2];
/** Bytes of a command: class and command, then data; and of its answer. */
const COMMAND = [2, 1];
const LONG_COMMAND = [2, 6, 1];
/** A frame behind its header, which is a segment of its own, in each of the two sizes that it has. */
const frame = (header: number, length: number): readonly number[] => [header, length];
const FRAMES = [20, 31, 42];
/** Room for a header of either size, and for the longest of the frames. */
const room = (header: number): readonly number[] => [header, 64];

const submit = (queue: number, lengths: readonly number[]): CoreAction => ({
  do: 'submit',
  queue,
  lengths,
  notify: true,
});
const settle: CoreAction = { do: 'settle' };

const STORIES: Readonly<Record<string, (header: number) => readonly CoreAction[]>> = {
  'commands for a device that knows none': (header) => [
    ...[submit(RECEIVE, room(header)), submit(CONTROL, COMMAND), settle],
    ...[submit(TRANSMIT, frame(header, FRAMES[0])), submit(CONTROL, LONG_COMMAND), settle],
  ],
  'frames wait for buffers': (header) => [
    ...FRAMES.map((length) => submit(TRANSMIT, frame(header, length))),
    settle,
    ...FRAMES.map(() => submit(RECEIVE, room(header))),
    settle,
  ],
  'frames wait for buffers until a reset': (header) => [
    ...FRAMES.map((length) => submit(TRANSMIT, frame(header, length))),
    settle,
    { do: 'restart' },
    ...FRAMES.map(() => submit(RECEIVE, room(header))),
    settle,
    submit(TRANSMIT, frame(header, FRAMES[0])),
    settle,
  ],
};

export const NETWORK_SCENARIOS: readonly { readonly name: string; readonly scenario: CoreScenario<MachineSpec> }[] =
  DRIVER_TRANSPORTS.flatMap((transport) =>
    (['le', 'be'] as const).flatMap((host) =>
      Object.entries(STORIES).map(([story, actionsOf]) => ({
        name: `${story}, ${transport} ${host}`,
        scenario: {
          machine: {
            ...{ child: 'vioif', transport, host, diagnostic: true, unconfigured: true },
            device: { queueSize: QUEUE_SIZE, completion: 'fifo' },
          },
          driver: { want: WANT, noIndirect: false, softint: false, maxNSegs: [3, 3, 3] },
          // num_buffers came with VERSION_1 (5.1.9).
          actions: actionsOf(transport === 'mmio-v1' || transport === 'pci-0.9' ? 10 : 12),
        },
      })),
    ),
  );
