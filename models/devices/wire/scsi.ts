/** The SCSI host's messages (5.6): commands, and the configuration that says how long they are. */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ChainView } from '../../seams.ts';
import type { Claims, JudgeSetup } from '../../setup.ts';
import { hexBytes, readU32 } from '../bytes.ts';
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

const CONTROL = 0;
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
/** Commands of block devices with a 32-bit address: operation codes, and where the first block and the number of blocks are. */
const READ_10 = 0x28;
const WRITE_10 = 0x2a;
const ADDRESS_OFFSET = 2;
const BLOCKS_OFFSET = 7;

export const SCSI_FACTS = wireFacts(SCSI_ID, FIELDS, FIRST_REQUEST + 1);

/** Of a response: length of the sense data, residual, status, response code. */
const RESIDUAL_OFFSET = 4;
const STATUS_OFFSET = 10;
const RESPONSE_OFFSET = 11;

/** Responses to commands are those up to FAILURE (5.6.6.1), and INCORRECT_LUN; functions have two of their own (5.6.6.2). */
const FAILURE = 9;
const INCORRECT_LUN = 12;
/** The target that a command names does not exist. */
const BAD_TARGET = 3;

/** Control requests by their type (5.6.6.2): bytes of the question, and of the answer before its response. */
const FUNCTION = { asked: 24, before: 0 };
const NOTIFICATION = { asked: 16, before: 4 };
const CONTROL_REQUESTS = [FUNCTION, NOTIFICATION, NOTIFICATION] as const;
const TYPE = 4;
/** Events (5.6.6.3) end with PARAM_CHANGE; the bit says that others were lost. */
const LAST_EVENT = 3;
const EVENTS_MISSED = 0x8000_0000;

const ANSWER = clause('untagged.scsi.4');
const CONTROL_ANSWER = clause('untagged.scsi.5');
const EVENT_ANSWER = clause('untagged.scsi.6');
const RESPONSE = clause('scsi.device.device-operation-request-queues.2');

/** A command. */
interface Command {
  /** Undefined: it names none, as its unit does not begin with 1. */
  readonly target: number | undefined;
  readonly unit: number;
  /** What it moves; `other`: what it does is not followed. */
  readonly does: 'read' | 'write' | 'other';
  readonly first: number;
  readonly count: number;
}

export class ScsiModel extends WireModel {
  /** Commands under way, by serial number. */
  readonly #inFlight = new Map<number, Command>();
  readonly #disk: Claims['scsiDisk'];
  /** Control requests under way, by serial number: where their response will be. */
  readonly #control = new Map<number, number>();
  /** Commands that the disk has executed or refused. */
  #executed = 0;
  readonly #perLun: number | undefined;

  constructor(setup: JudgeSetup, report: Report) {
    super(setup, SCSI_FACTS, report);
    this.#disk = setup.claims.scsiDisk;
    this.#perLun = setup.claims.config?.cmd_per_lun;
  }

  override reset(): void {
    super.reset();
    this.#inFlight.clear();
    this.#control.clear();
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
    else this.#controlRequest(chain);
  }

  /** What is owed for one that is too short, or of a type that is none, is not said anywhere. */
  #controlRequest(chain: ChainView): void {
    if (chain.tainted || chain.readableLength < TYPE) return;
    const type = readU32(chain.read(0, TYPE), 0, this.order);
    if (type >= CONTROL_REQUESTS.length) return;
    const { asked, before } = CONTROL_REQUESTS[type];
    if (chain.readableLength >= asked && chain.writableLength > before) this.#control.set(chain.serial, before);
  }

  #request(chain: ChainView): void {
    const header = BEFORE_CDB + CDB_SIZE;
    const response = BEFORE_SENSE + SENSE_SIZE;
    const { readableLength, writableLength } = chain;
    const whole = readableLength >= header && writableLength >= response;
    this.owes('untagged.scsi.1', whole, () => `a command of ${readableLength} bytes and ${writableLength} to answer`);
    if (!whole || chain.tainted) return;
    this.#inFlight.set(chain.serial, commandOf(sent(chain)));
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
    const number = unitOf(lun);
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

  override completed(chain: ChainView, usedLength: number): void {
    if (chain.queue === EVENTS) this.#event(chain, usedLength);
    else if (chain.queue === CONTROL) this.#controlled(chain, usedLength);
    else this.#answered(chain, usedLength);
  }

  /** Legacy devices tell of other lengths than they have written (5.6.6.0.1). */
  #hasWritten(least: number, usedLength: number): boolean {
    return this.legacy || usedLength >= least;
  }

  /** A buffer that is too small may come back with anything in it (5.6.6.3). */
  #event(chain: ChainView, usedLength: number): void {
    if (chain.tainted || chain.writableLength < EVENT) return;
    const event = readU32(chain.written(0, FIELD), 0, this.order) & ~EVENTS_MISSED;
    this.report.check(
      EVENT_ANSWER,
      this.#hasWritten(EVENT, usedLength) && event <= LAST_EVENT,
      () => `${EVENT} bytes and an event up to ${LAST_EVENT}`,
      () => `${usedLength} bytes, event ${event}`,
    );
  }

  #controlled(chain: ChainView, usedLength: number): void {
    const before = this.#control.get(chain.serial);
    this.#control.delete(chain.serial);
    if (before === undefined) return;
    const [response] = chain.written(before, 1);
    const last = before === FUNCTION.before ? INCORRECT_LUN : FAILURE;
    this.report.check(
      CONTROL_ANSWER,
      this.#hasWritten(before + 1, usedLength) && (response <= last || response === INCORRECT_LUN),
      () => `a response behind ${before} bytes`,
      () => `${usedLength} bytes, response ${response}`,
    );
  }

  #answered(chain: ChainView, usedLength: number): void {
    const command = this.#inFlight.get(chain.serial);
    if (command === undefined) return;
    this.#inFlight.delete(chain.serial);
    const answer = chain.written(0, BEFORE_SENSE);
    const response = answer[RESPONSE_OFFSET];
    this.report.check(
      RESPONSE,
      response <= FAILURE || response === INCORRECT_LUN,
      () => `a response up to ${FAILURE}`,
      () => `${response}`,
    );
    if (this.#disk !== undefined) this.#executedBy(this.#disk, command, chain, answer, usedLength);
  }

  #executedBy(
    disk: NonNullable<Claims['scsiDisk']>,
    { target, unit, does, first, count }: Command,
    chain: ChainView,
    answer: Uint8Array,
    usedLength: number,
  ): void {
    const isTarget = target === (disk.target ?? 0);
    const there = isTarget && unit === 0;
    if (there) this.#executed++;
    const fails = disk.failEvery !== undefined && this.#executed % disk.failEvery === 0;
    const good = there && !fails && first + count <= disk.blocks;
    const header = BEFORE_SENSE + SENSE_SIZE;
    const data = good && does === 'read' ? count * SECTOR : 0;
    const [status, response] = [answer[STATUS_OFFSET], answer[RESPONSE_OFFSET]];
    const clean = readU32(answer, 0, this.order) === 0 && readU32(answer, RESIDUAL_OFFSET, this.order) === 0;
    const isGood = status === 0 && response === 0;
    // What a target says of a unit that it has not is a matter of SCSI: no more than that it is no success.
    const responds = (!there || response === 0) && (isTarget || response === BAD_TARGET);
    const moves =
      isGood === good &&
      usedLength === header + data &&
      (!good || clean) &&
      (!disk.numbered || isNumbered(chain.written(header, data), first));
    this.report.check(
      ANSWER,
      responds && (does === 'other' || moves),
      () => `${isTarget ? (good ? 'GOOD' : 'an error') : 'BAD_TARGET'} and ${data} bytes from block ${first} on`,
      () => `status ${status}, response ${response}, ${usedLength} bytes in all`,
    );
  }

  override abandoned(chain: ChainView): void {
    this.#inFlight.delete(chain.serial);
    this.#control.delete(chain.serial);
  }

  override mustComplete(chain: ChainView): boolean {
    return this.#inFlight.has(chain.serial) || this.#control.has(chain.serial);
  }

  override settled(): void {}

  override describe(): string {
    return `SCSI host, ${this.#inFlight.size} commands`;
  }
}

function commandOf(request: Uint8Array): Command {
  const cdb = new DataView(request.buffer, request.byteOffset + BEFORE_CDB, CDB_SIZE);
  const operation = cdb.getUint8(0);
  const lun = request.subarray(0, LUN_BYTES);
  return {
    target: lun[0] === 1 ? lun[1] : undefined,
    unit: unitOf(lun),
    does: operation === READ_10 ? 'read' : operation === WRITE_10 ? 'write' : 'other',
    first: cdb.getUint32(ADDRESS_OFFSET),
    count: cdb.getUint16(BLOCKS_OFFSET),
  };
}

const unitOf = (lun: Uint8Array): number => ((lun[2] & ~FLAT) << 8) | lun[3];

/** Every byte of a block is the block's number, as far as that fits. */
function isNumbered(data: Uint8Array, first: number): boolean {
  return data.every((byte, i) => byte === ((first + Math.floor(i / SECTOR)) & 0xff));
}
