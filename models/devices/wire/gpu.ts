/** The graphics device's messages (5.7): commands of the control queue, and the order that resources impose on them. */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ChainView } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { readU32, readU64 } from '../bytes.ts';
import {
  BYTES_PER_PIXEL,
  Command,
  DISPLAY_INFO,
  ENTRY,
  FENCE_ID,
  FLAG_FENCE,
  FLAGS,
  FORMATS,
  HEADER,
  OK_DISPLAY_INFO,
  OK_NODATA,
  SIZES,
} from './gpu-commands.ts';
import { fieldsOf, sent, WireModel, wireFacts } from './wire-model.ts';

const GPU_ID = 16;

const FIELDS = fieldsOf(4, 0, 'events_read', 'events_clear', 'num_scanouts', 'num_capsets').map((field) =>
  field.name === 'events_clear' ? { ...field, writable: true } : field,
);
const EVENTS_CLEAR_OFFSET = 4;
const CONTROL = 0;
/** Bytes of a screen that every driver has memory for. */
const MODEST_SCREEN = 64 * 1024;
/** Flags of a command: FENCE and INFO_RING_IDX. */
const ALL_FLAGS = 3;

const ANSWER = clause('untagged.gpu.3');

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Display extends Rectangle {
  readonly enabled: boolean;
}

interface Resource {
  readonly width: number;
  readonly height: number;
  /** Bytes of memory behind it. */
  backing: number;
}

/** What is known of a command that is under way. */
interface Asked {
  readonly type: number;
  readonly flags: number;
  readonly fence: number;
}

/** 32-bit fields behind the header. */
const wordsOf = (bytes: Uint8Array): readonly number[] =>
  Array.from({ length: Math.floor((bytes.length - HEADER) / 4) }, (_, i) => readU32(bytes, HEADER + 4 * i, 'little'));

const rectangle = ([x, y, width, height]: readonly number[]): Rectangle => ({ x, y, width, height });

const shown = ({ x, y, width, height }: Rectangle): string => `${width}x${height} at ${x},${y}`;

const inside = ({ x, y, width, height }: Rectangle, resource: Resource): boolean =>
  width > 0 && height > 0 && x + width <= resource.width && y + height <= resource.height;

export const GPU_FACTS = wireFacts(GPU_ID, FIELDS, 2);

export class GpuModel extends WireModel {
  readonly #resources = new Map<number, Resource>();
  readonly #asked = new Map<number, Asked>();
  /** Displays as the device has described them last. */
  #displays: readonly Display[] | undefined;
  #scanoutSet = false;

  constructor(setup: JudgeSetup, report: Report) {
    super(setup, GPU_FACTS, report);
  }

  override reset(): void {
    super.reset();
    this.#resources.clear();
    this.#asked.clear();
    this.#displays = undefined;
    this.#scanoutSet = false;
  }

  override configWritten(offset: number): void {
    const allowed = offset >= EVENTS_CLEAR_OFFSET && offset < EVENTS_CLEAR_OFFSET + 4;
    this.owes('gpu.driver.device-configuration-fields-info.1', allowed, () => `a write at offset ${offset}`);
  }

  override exposed(chain: ChainView): void {
    if (chain.queue !== CONTROL || chain.tainted) return;
    const bytes = sent(chain);
    const type = bytes.length >= HEADER ? readU32(bytes, 0, 'little') : 0;
    const size = SIZES.get(type);
    // Commands of other features (5.7.3) have rules of their own.
    if (bytes.length >= HEADER && size === undefined && !isUnknown(type)) return;
    const words = wordsOf(bytes);
    const entries = type === Command.RESOURCE_ATTACH_BACKING ? ENTRY * (words[1] ?? 0) : 0;
    const room = type === Command.GET_DISPLAY_INFO ? DISPLAY_INFO : HEADER;
    const flags = bytes.length >= HEADER ? readU32(bytes, FLAGS, 'little') : 0;
    const whole =
      flags <= ALL_FLAGS && size !== undefined && bytes.length === size + entries && chain.writableLength >= room;
    this.owes(
      'untagged.gpu.1',
      whole,
      () => `command 0x${type.toString(16)} of ${bytes.length} bytes, with room for ${chain.writableLength}`,
    );
    if (!whole) return;
    this.#asked.set(chain.serial, { type, flags, fence: readU64(bytes, FENCE_ID, 'little') });
    this.#command(type, words);
  }

  #command(type: number, words: readonly number[]): void {
    switch (type) {
      case Command.RESOURCE_CREATE_2D:
        return this.#create(words);
      case Command.RESOURCE_UNREF:
        this.#known(words[0]);
        this.#resources.delete(words[0]);
        return;
      case Command.RESOURCE_ATTACH_BACKING:
        return this.#attach(words);
      case Command.RESOURCE_DETACH_BACKING: {
        const resource = this.#known(words[0]);
        if (resource !== undefined) resource.backing = 0;
        return;
      }
      case Command.SET_SCANOUT:
        return this.#scanout(words);
      case Command.TRANSFER_TO_HOST_2D:
        return this.#transfer(words);
      case Command.RESOURCE_FLUSH: {
        const resource = this.#known(words[4]);
        if (resource !== undefined) this.#fits(rectangle(words), resource);
        return;
      }
      default:
        return;
    }
  }

  #rule(kept: boolean, seen: () => string): boolean {
    return this.owes('untagged.gpu.2', kept, seen);
  }

  #known(id: number): Resource | undefined {
    const resource = this.#resources.get(id);
    this.#rule(resource !== undefined, () => `resource ${id}, which was not created`);
    return resource;
  }

  #fits(area: Rectangle, resource: Resource): boolean {
    return this.#rule(
      inside(area, resource),
      () => `${shown(area)} of a resource of ${resource.width}x${resource.height}`,
    );
  }

  #create([id, format, width, height]: readonly number[]): void {
    const fresh = id !== 0 && !this.#resources.has(id);
    this.#rule(
      fresh && FORMATS.includes(format) && width > 0 && height > 0,
      () => `resource ${id} of ${width}x${height} in format ${format}${fresh ? '' : ', whose number is not free'}`,
    );
    this.#resources.set(id, { width, height, backing: 0 });
  }

  #attach([id, count, ...entries]: readonly number[]): void {
    const resource = this.#known(id);
    if (resource === undefined) return;
    let backing = 0;
    for (let i = 0; i < count; i++) backing += entries[4 * i + 2];
    this.#rule(
      count > 0 && resource.backing === 0,
      () => `${count} pieces of memory for a resource with ${resource.backing} bytes`,
    );
    resource.backing = backing;
  }

  #scanout(words: readonly number[]): void {
    const area = rectangle(words);
    const [scanout, id] = words.slice(4);
    this.#rule(scanout < (this.config.get('num_scanouts') ?? Infinity), () => `scanout ${scanout}`);
    this.#scanoutSet = true;
    // No resource: the display is switched off.
    if (id === 0) return;
    const resource = this.#known(id);
    if (resource === undefined || !this.#fits(area, resource) || this.#displays === undefined) return;
    const display = this.#displays[scanout];
    this.owes(
      'gpu.driver.device-initialization.1',
      display.enabled && area.width === display.width && area.height === display.height,
      () =>
        `${shown(area)} on a display of ${display.width}x${display.height}${display.enabled ? '' : ', which is off'}`,
    );
  }

  #transfer(words: readonly number[]): void {
    const area = rectangle(words);
    const resource = this.#known(words[6]);
    if (resource === undefined || !this.#fits(area, resource)) return;
    const offset = words[4] + words[5] * 0x1_0000_0000;
    const stride = resource.width * BYTES_PER_PIXEL;
    const end = offset + stride * (area.height - 1) + area.width * BYTES_PER_PIXEL;
    this.#rule(
      end <= resource.backing && offset === stride * area.y + area.x * BYTES_PER_PIXEL,
      () => `${shown(area)} at offset ${offset} of ${resource.backing} bytes`,
    );
  }

  override completed(chain: ChainView, usedLength: number): void {
    const asked = this.#asked.get(chain.serial);
    this.#asked.delete(chain.serial);
    if (asked === undefined || chain.tainted) return;
    const answer = chain.written(0, Math.min(usedLength, chain.writableLength));
    const type = answer.length >= HEADER ? readU32(answer, 0, 'little') : 0;
    const owed = asked.type === Command.GET_DISPLAY_INFO ? OK_DISPLAY_INFO : OK_NODATA;
    const size = owed === OK_DISPLAY_INFO ? DISPLAY_INFO : HEADER;
    const isError = type > 0x11ff && answer.length >= HEADER;
    const fenced = (asked.flags & FLAG_FENCE) !== 0;
    const kept =
      (isError || (type === owed && answer.length >= size)) &&
      (!fenced || ((answer[FLAGS] & FLAG_FENCE) !== 0 && readU64(answer, FENCE_ID, 'little') === asked.fence));
    this.report.check(
      ANSWER,
      kept,
      () => `response 0x${owed.toString(16)} of ${size} bytes${fenced ? `, fence ${asked.fence}` : ''}`,
      () => `0x${type.toString(16)} of ${answer.length} bytes`,
    );
    if (kept && !isError && owed === OK_DISPLAY_INFO) this.#described(wordsOf(answer));
  }

  #described(words: readonly number[]): void {
    const displays: Display[] = [];
    for (let i = 0; i + 6 <= words.length; i += 6) {
      displays.push({ ...rectangle(words.slice(i)), enabled: words[i + 4] !== 0 });
    }
    this.#displays = displays;
  }

  override abandoned(chain: ChainView): void {
    this.#asked.delete(chain.serial);
  }

  override mustComplete(chain: ChainView): boolean {
    return this.#asked.has(chain.serial);
  }

  /** The first display has been set up, if it is on, and no larger than a driver without much memory can take. */
  override settled(certain: boolean): void {
    const display = this.#displays?.[0];
    if (!certain || display === undefined || !display.enabled || this.#asked.size > 0) return;
    const size = display.width * display.height * BYTES_PER_PIXEL;
    if (size === 0 || size > MODEST_SCREEN) return;
    this.owes('gpu.driver.device-initialization.1', this.#scanoutSet, () => 'a display that is on and shows nothing');
  }

  override describe(): string {
    return `display, ${this.#resources.size} resources`;
  }
}

/** No command of 5.7.6.8 or 5.7.6.9, nor of the cursor. */
function isUnknown(type: number): boolean {
  return !((type >= 0x100 && type <= 0x10f) || (type >= 0x200 && type <= 0x20f) || type === 0x300 || type === 0x301);
}
