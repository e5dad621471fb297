/**
 * The 9P transport (device 9), which VIRTIO 1.4 gives a number and nothing else: the tag in its configuration space is
 * as QEMU and Linux have it, and messages are their own business.
 */
import type { Report } from '../../report.ts';
import type { ChainView } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { fieldsOf, WireModel, wireFacts } from './wire-model.ts';

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

export class P9Model extends WireModel {
  constructor(setup: JudgeSetup, report: Report) {
    super(setup, P9_FACTS, report);
  }

  override exposed(): void {}
  override completed(): void {}
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
