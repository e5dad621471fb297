/** The memory balloon's messages (5.5): pages that go into it and come out of it, and the size that the driver reports. */
import type { Report } from '../../report.ts';
import type { ChainView, ConfigField, Negotiated } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { readU32, swapU32 } from '../bytes.ts';
import { fieldsOf, sent, WireModel, wireFacts } from './wire-model.ts';

const BALLOON_ID = 5;

const F_MUST_TELL_HOST = 0;
const ACTUAL_OFFSET = 4;
const ENTRY = 4;
const INFLATE = 0;
const DEFLATE = 1;

const FIELDS: readonly ConfigField[] = fieldsOf(4, 0, 'num_pages', 'actual').map((field) =>
  field.offset === ACTUAL_OFFSET ? { ...field, writable: true } : field,
);

export const BALLOON_FACTS = wireFacts(BALLOON_ID, FIELDS, 2);

export class BalloonModel extends WireModel {
  /** Pages in the balloon, by number; false: the device has not acknowledged it yet. */
  readonly #pages = new Map<number, boolean>();
  /** Requests under way, by serial number. */
  readonly #asked = new Map<number, { readonly deflates: boolean; readonly pages: readonly number[] }>();
  /** The size that the driver wrote last; and whether a request has been acknowledged since. */
  #reported: number | undefined;
  #changed = false;
  #offered = false;
  readonly #littleField: boolean;

  constructor(setup: JudgeSetup, report: Report) {
    super(setup, BALLOON_FACTS, report);
    this.#littleField = setup.claims.balloonFields !== 'big';
  }

  override reset(): void {
    super.reset();
    this.#pages.clear();
    this.#asked.clear();
    this.#reported = undefined;
    this.#changed = false;
  }

  offered(features: Negotiated): void {
    this.#offered = features.has(F_MUST_TELL_HOST);
  }

  override featuresFixed(features: Negotiated): void {
    super.featuresFixed(features);
    if (!this.#offered) return;
    this.owes('balloon.driver.feature-bits.1', features.has(F_MUST_TELL_HOST), () => 'MUST_TELL_HOST declined');
  }

  override configWritten(offset: number, size: number, value: number): void {
    if (offset < ACTUAL_OFFSET) return;
    if (this.legacy) {
      this.owes(
        'balloon.driver.legacy-device-operation.2',
        offset === ACTUAL_OFFSET && size === ENTRY,
        () => `${size} bytes written at offset ${offset}`,
      );
    }
    if (offset !== ACTUAL_OFFSET || size !== ENTRY) return;
    const reported = this.#littleField ? value : swapU32(value);
    this.#reported = reported;
    this.#changed = false;
    const most = this.#pages.size + this.#leaving;
    this.owes(
      'balloon.driver.device-operation.11',
      reported <= most,
      () => `a balloon of ${reported} pages reported, of which ${most} at most are in it`,
    );
  }

  /** Pages that are being taken out. */
  get #leaving(): number {
    let count = 0;
    for (const { deflates, pages } of this.#asked.values()) if (deflates) count += pages.length;
    return count;
  }

  override exposed(chain: ChainView): void {
    if (chain.queue !== INFLATE && chain.queue !== DEFLATE) return;
    const { readableLength, writableLength } = chain;
    const whole = readableLength > 0 && readableLength % ENTRY === 0 && writableLength === 0;
    this.owes('untagged.balloon.1', whole, () => `${readableLength} bytes of page numbers, ${writableLength} writable`);
    if (!whole || chain.tainted) return;
    const bytes = sent(chain);
    const pages = Array.from({ length: bytes.length / ENTRY }, (_, i) => readU32(bytes, ENTRY * i, this.order));
    this.#asked.set(chain.serial, { deflates: chain.queue === DEFLATE, pages });
    if (chain.queue === INFLATE) this.#inflate(pages);
    else this.#deflate(pages);
  }

  #inflate(pages: readonly number[]): void {
    const twice = pages.find((page, i) => this.#pages.has(page) || pages.indexOf(page) !== i);
    this.owes('untagged.balloon.2', twice === undefined, () => `page ${twice} put into the balloon a second time`);
    for (const page of pages) this.#pages.set(page, false);
  }

  #deflate(pages: readonly number[]): void {
    const strange = pages.find((page) => !this.#pages.has(page));
    this.owes('untagged.balloon.2', strange === undefined, () => `page ${strange} taken out, which is not in it`);
    const early = pages.find((page) => this.#pages.get(page) === false);
    this.owes(
      'balloon.driver.device-operation.10',
      early === undefined,
      () => `page ${early} taken out before it was acknowledged`,
    );
    for (const page of pages) this.#pages.delete(page);
  }

  override completed(chain: ChainView): void {
    const asked = this.#asked.get(chain.serial);
    this.#asked.delete(chain.serial);
    if (asked === undefined) return;
    this.#changed = true;
    if (asked.deflates) return;
    for (const page of asked.pages) if (this.#pages.has(page)) this.#pages.set(page, true);
  }

  override abandoned(chain: ChainView): void {
    this.#asked.delete(chain.serial);
  }

  /** Device and driver are at rest: whatever was acknowledged has been reported. */
  override settled(certain: boolean): void {
    if (!certain || !this.#changed || this.#asked.size > 0) return;
    this.#changed = false;
    this.owes(
      'balloon.driver.device-operation.11',
      this.#reported === this.#pages.size,
      () => `${this.#reported ?? 'nothing'} reported with ${this.#pages.size} pages in the balloon`,
    );
  }

  override mustComplete(chain: ChainView): boolean {
    return this.#asked.has(chain.serial);
  }

  override describe(): string {
    return `balloon of ${this.#pages.size} pages`;
  }
}
