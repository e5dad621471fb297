/**
 * An emulated SCSI host (5.6) with one disk, which keeps nothing: every block reads as its own number, over and over. It has
 * no event to tell of, and does none of the functions that the control queue is for.
 */
import type { EmulatorOptions } from './options.ts';
import { fields, simpleDevice } from './simple-device.ts';
import type { Chain, DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 8;
const CONTROL_QUEUE = 0;
const EVENT_QUEUE = 1;
const FIRST_REQUEST_QUEUE = 2;
const SENSE_SIZE = 96;
const CDB_SIZE = 32;
/** What precedes the command in a request, and the sense data in a response. */
const BEFORE_CDB = 19;
const BEFORE_SENSE = 12;
const CMD_PER_LUN = 128;

const READ_10 = 0x28;
const WRITE_10 = 0x2a;
const SECTOR = 512;
const CAPACITY = 4096;

/** Responses (5.6.6.1, 5.6.6.2) and the status of a command that has failed. */
const Response = { OK: 0, BAD_TARGET: 3, FUNCTION_REJECTED: 11 } as const;
const CHECK_CONDITION = 2;
/** The type of a control request is 0 for task management functions, whose answer is a response alone. */
const TYPE_SIZE = 4;

interface Answer {
  readonly response: number;
  readonly status: number;
  readonly data: Uint8Array;
}

const answerOf = (response: number, status = 0, data = new Uint8Array()): Answer => ({ response, status, data });

export function createScsiDevice(options: EmulatorOptions, host: QueueHost): DeviceType {
  const little = host.endian === 'little';
  const disk = options.scsiTarget ?? 0;
  let commands = 0;
  // num_queues, seg_max, max_sectors, cmd_per_lun, event_info_size, sense_size, cdb_size, max_channel, max_target, max_lun
  const words = [1, 126, 0xffff, options.cmdPerLun ?? CMD_PER_LUN, 16, SENSE_SIZE, CDB_SIZE];
  const config = fields(little, ...words.map((word) => [word, 4] as const), [0, 2], [255, 2], [16383, 4]);
  const own = {
    deviceId: DEVICE_ID,
    queueCount: FIRST_REQUEST_QUEUE + 1,
    features: [],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
  };

  function execute(chain: Chain): Answer {
    const request = host.readFrom(chain, 0, BEFORE_CDB + CDB_SIZE);
    const [one, target, high, low] = request;
    if (one !== 1 || target !== disk || (high & 0x3f) !== 0 || low !== 0) return answerOf(Response.BAD_TARGET);
    commands++;
    if (options.failEvery !== undefined && commands % options.failEvery === 0)
      return answerOf(Response.OK, CHECK_CONDITION);
    const cdb = new DataView(request.buffer, request.byteOffset + BEFORE_CDB);
    const operation = cdb.getUint8(0);
    const first = cdb.getUint32(2);
    const count = cdb.getUint16(7);
    if ((operation !== READ_10 && operation !== WRITE_10) || first + count > CAPACITY)
      return answerOf(Response.OK, CHECK_CONDITION);
    const data = new Uint8Array(operation === READ_10 ? count * SECTOR : 0);
    for (let i = 0; i < data.length; i++) data[i] = first + Math.floor(i / SECTOR);
    return answerOf(Response.OK, 0, data);
  }

  /** No function is performed, and no unit has asynchronous events: event_actual and the response are 0. */
  function control(chain: Chain): number {
    const isFunction = host.readFrom(chain, 0, TYPE_SIZE).every((byte) => byte === 0);
    return host.writeTo(
      chain,
      0,
      isFunction ? Uint8Array.of(Response.FUNCTION_REJECTED) : new Uint8Array(TYPE_SIZE + 1),
    );
  }

  function command(chain: Chain): number {
    if (chain.readableLength < BEFORE_CDB + CDB_SIZE) return 0;
    const { response, status, data } = execute(chain);
    // sense_len, residual, status_qualifier
    const answer = Uint8Array.of(...fields(little, [0, 4], [0, 4], [0, 2], [status, 1], [response, 1]));
    const written = host.writeTo(chain, 0, Uint8Array.of(...answer, ...new Uint8Array(SENSE_SIZE)));
    return written + host.writeTo(chain, BEFORE_SENSE + SENSE_SIZE, data);
  }

  const device = simpleDevice(host, own, (queue, chain) => (queue === CONTROL_QUEUE ? control(chain) : command(chain)));
  // Buffers for events wait for an event.
  return { ...device, process: (queue) => (queue === EVENT_QUEUE ? undefined : device.process(queue)) };
}
