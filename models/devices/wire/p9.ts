/**
 * The 9P transport (device 9), which VIRTIO 1.4 gives a number and nothing else: the tag in its configuration space is
 * as QEMU and Linux have it, and messages are their own business.
 */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ChainView } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { readU16, readU32 } from '../bytes.ts';
import { fieldsOf, sent, WireModel, wireFacts } from './wire-model.ts';

const P9_ID = 9;

const F_MOUNT_TAG = 0;
/** The longest tag that has fields here. */
const LONGEST_TAG = 64;
const TAG_OFFSET = 2;

const FIELDS = [
  ...fieldsOf(2, 0, 'tag_len'),
  ...fieldsOf(1, TAG_OFFSET, ...Array.from({ length: LONGEST_TAG }, (_, i) => `tag[${i}]`)),
].map((field) => ({ ...field, feature: F_MOUNT_TAG }));

export const P9_FACTS = wireFacts(P9_ID, FIELDS, 1);

/** A message: its size, its type, a tag (all little-endian), and more. */
const TYPE_OFFSET = 4;
const MESSAGE_TAG_OFFSET = 5;
const SMALLEST_MESSAGE = 7;
const RLERROR = 7;
const RLERROR_SIZE = 11;

const REPLY = clause('untagged.p9.1');

export class P9Model extends WireModel {
  readonly #judges: boolean;

  constructor(setup: JudgeSetup, report: Report) {
    super(setup, P9_FACTS, report);
    this.#judges = setup.claims.repliesIn9p === true;
  }

  override exposed(): void {}
  override completed(chain: ChainView, usedLength: number): void {
    const message = sent(chain);
    if (!this.#judges || chain.tainted || message.length < SMALLEST_MESSAGE) return;
    const reply = chain.written(0, Math.min(usedLength, chain.writableLength));
    const type = message[TYPE_OFFSET];
    const tag = readU16(message, MESSAGE_TAG_OFFSET, 'little');
    const error = reply[TYPE_OFFSET] === RLERROR;
    const kept =
      reply.length >= SMALLEST_MESSAGE &&
      readU32(reply, 0, 'little') === reply.length &&
      readU16(reply, MESSAGE_TAG_OFFSET, 'little') === tag &&
      (error
        ? reply.length === RLERROR_SIZE && readU32(reply, SMALLEST_MESSAGE, 'little') > 0
        : reply[TYPE_OFFSET] === type + 1);
    this.report.check(
      REPLY,
      kept,
      () => `a reply of type ${type + 1} or Rlerror, with tag ${tag}`,
      () => `${reply.length} bytes of type ${reply[TYPE_OFFSET] ?? 'none'}`,
    );
  }
  override mustComplete(chain: ChainView): boolean {
    return !chain.tainted && chain.readableLength > 0 && chain.writableLength > 0;
  }

  override configWritten(): void {}
  override abandoned(): void {}
  override settled(): void {}

  override describe(): string {
    return '9P';
  }
}
