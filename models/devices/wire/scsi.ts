/** The SCSI host's messages (5.6): commands, and the configuration that says how long they are. */
import type { Report } from '../../report.ts';
import type { ChainView } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { hexBytes } from '../bytes.ts';
import { fieldsOf, sent, WireModel, wireFacts } from './wire-model.ts';

const SCSI_ID = 8;

/** Offsets of the sizes that the driver may change. */
const SENSE_SIZE_OFFSET = 20;
const CDB_SIZE_OFFSET = 24;
const FIELD = 4;
const FIELDS = [
  ...fieldsOf(FIELD, 0, 'num_queues', 'seg_max', 'max_sectors', 'cmd_per_lun', 'event_info_size'),
  ...fieldsOf(FIELD, SENSE_SIZE_OFFSET, 'sense_size', 'cdb_size').map((field) => ({ ...field, writable: true })),
  ...fieldsOf(2, 28, 'max_channel', 'max_target'),
  ...fieldsOf(FIELD, 32, 'max_lun'),
];

const EVENTS = 1;
const FIRST_REQUEST = 2;
/** What precedes the command itself: lun, id, task_attr, prio, crn. And where the last three are. */
const BEFORE_CDB = 19;
const TASK_ATTRIBUTES = 16;
/** What precedes the sense data of a response. */
const BEFORE_SENSE = 12;
/** Sizes after a reset (5.6.4). */
const CDB_SIZE = 32;
const SENSE_SIZE = 96;
/** A logical unit (5.6.6.1): 1, the target, the number in the flat format of SAM, zeroes. */
const FLAT = 0x40;
const LUN_BYTES = 8;
const EVENT = 16;
const SECTOR = 512;
/** Commands of block devices with a 32-bit address: operation codes, and where the number of blocks is. */
const READ_10 = 0x28;
const WRITE_10 = 0x2a;
const BLOCKS_OFFSET = 7;

export const SCSI_FACTS = wireFacts(SCSI_ID, FIELDS, FIRST_REQUEST + 1);

export class ScsiModel extends WireModel {
  readonly #inFlight = new Set<number>();
  readonly #perLun: number | undefined;

  constructor(setup: JudgeSetup, report: Report) {
    super(setup, SCSI_FACTS, report);
    this.#perLun = setup.claims.config?.cmd_per_lun;
  }

  override reset(): void {
    super.reset();
    this.#inFlight.clear();
  }

  override configWritten(offset: number, size: number): void {
    const allowed = offset >= SENSE_SIZE_OFFSET && offset + size <= CDB_SIZE_OFFSET + FIELD;
    this.owes('scsi.driver.device-configuration-layout.1', allowed, () => `${size} bytes written at offset ${offset}`);
  }

  override exposed(chain: ChainView): void {
    if (chain.queue === EVENTS) {
      this.owes('scsi.driver.device-operation-eventq.2', chain.readableLength === 0, () => 'a readable event buffer');
      this.owes(
        'scsi.driver.device-operation-eventq.4',
        chain.writableLength >= EVENT,
        () => `an event buffer of ${chain.writableLength} bytes`,
      );
    } else if (chain.queue >= FIRST_REQUEST) this.#request(chain);
  }

  #request(chain: ChainView): void {
    const header = BEFORE_CDB + CDB_SIZE;
    const response = BEFORE_SENSE + SENSE_SIZE;
    const { readableLength, writableLength } = chain;
    const whole = readableLength >= header && writableLength >= response;
    this.owes('untagged.scsi.1', whole, () => `a command of ${readableLength} bytes and ${writableLength} to answer`);
    if (!whole || chain.tainted) return;
    this.#inFlight.add(chain.serial);
    if (this.framed) {
      const [first] = chain.readable;
      this.owes('scsi.driver.legacy-framing-requirements.1', first.length === header, () => `${first.length} bytes`);
      const [answer] = chain.writable;
      this.owes(
        'scsi.driver.legacy-framing-requirements.2',
        answer.length === response,
        () => `${answer.length} bytes`,
      );
    }
    const perLun = this.#perLun;
    if (perLun !== undefined) {
      this.owes(
        'untagged.scsi.3',
        this.#inFlight.size <= perLun,
        () => `${this.#inFlight.size} commands at once for a unit that takes ${perLun}`,
      );
    }
    this.#command(sent(chain).subarray(0, header), readableLength - header, writableLength - response);
  }

  #command(header: Uint8Array, out: number, back: number): void {
    const lun = header.subarray(0, LUN_BYTES);
    const number = ((lun[2] & ~FLAT) << 8) | lun[3];
    const named =
      lun[0] === 1 &&
      lun[1] <= (this.config.get('max_target') ?? Infinity) &&
      ((lun[2] & FLAT) !== 0 || lun[2] === 0) &&
      number <= (this.config.get('max_lun') ?? Infinity) &&
      lun.subarray(4).every((byte) => byte === 0);
    this.owes('untagged.scsi.2', named, () => `logical unit ${hexBytes(lun)}`);
    const attributes = header.subarray(TASK_ATTRIBUTES, BEFORE_CDB);
    this.owes(
      'scsi.driver.device-operation-request-queues.1',
      attributes.every((byte) => byte === 0),
      () => `task attribute, priority and crn ${hexBytes(attributes)}`,
    );
    const cdb = header.subarray(BEFORE_CDB);
    const [operation] = cdb;
    if (operation !== READ_10 && operation !== WRITE_10) return;
    const bytes = ((cdb[BLOCKS_OFFSET] << 8) | cdb[BLOCKS_OFFSET + 1]) * SECTOR;
    const [moved, other] = operation === READ_10 ? [back, out] : [out, back];
    this.owes(
      'untagged.scsi.1',
      moved === bytes && other === 0,
      () => `data of ${moved} bytes, and ${other} the other way, for a command that moves ${bytes}`,
    );
  }

  override completed(chain: ChainView): void {
    this.#inFlight.delete(chain.serial);
  }

  override abandoned(chain: ChainView): void {
    this.#inFlight.delete(chain.serial);
  }

  override mustComplete(chain: ChainView): boolean {
    return this.#inFlight.has(chain.serial);
  }

  override settled(): void {}

  override describe(): string {
    return `SCSI host, ${this.#inFlight.size} commands`;
  }
}
