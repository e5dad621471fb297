/** The network device's messages (5.1): packets with their header, either way. */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ChainView, ConfigField, Negotiated } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { hexBytes, readU16 } from '../bytes.ts';
import { fieldsOf, sent, WireModel, wireFacts } from './wire-model.ts';

const NET_ID = 1;

const Feature = { CSUM: 0, MAC: 5, MRG_RXBUF: 15, STATUS: 16, CTRL_VQ: 17, VERSION_1: 32 } as const;
/** GUEST_TSO4 to GUEST_UFO, which let longer packets come in, and HOST_TSO4 to HOST_UFO and HOST_USO, for the other way. */
const RECEIVE_OFFLOADS = [7, 8, 10, 54, 55];
const SEGMENTATION = [11, 12, 14, 56];

const MAC_LENGTH = 6;
const FIELDS: readonly ConfigField[] = [
  ...fieldsOf(1, 0, ...Array.from({ length: MAC_LENGTH }, (_, i) => `mac[${i}]`)).map((field) => ({
    ...field,
    feature: Feature.MAC,
  })),
  { name: 'status', offset: MAC_LENGTH, width: 2, feature: Feature.STATUS },
];

const RECEIVE = 0;
const TRANSMIT = 1;
/** Of a device with one pair of queues, as no driver here negotiates MQ (5.1.2). */
const CONTROL = 2;
/** The header, without num_buffers and with it (5.1.9). */
const SHORT_HEADER = 10;
const HEADER = 12;
/** Offsets in the header: flags, gso_type, num_buffers. */
const FLAGS = 0;
const GSO_TYPE = 1;
const NUM_BUFFERS = 10;
/** An Ethernet frame without checksum. */
const LONGEST_FRAME = 1514;
const SHORTEST_FRAME = 14;

const ONE_BUFFER = clause('net.device.processing-of-incoming-packets.1');
const LOOPED = clause('untagged.net.2');

export const NET_FACTS = wireFacts(NET_ID, FIELDS, 2);

/** Takes a frame out of those that are known. False: it is none of them. */
function takeFrom(frames: Uint8Array[], frame: Uint8Array): boolean {
  const which = frames.findIndex((known) => Buffer.compare(known, frame) === 0);
  if (which >= 0) frames.splice(which, 1);
  return which >= 0;
}

export class NetModel extends WireModel {
  /** Receive buffers that the device has, and so many frames at most wait for one. */
  #buffers = 0;
  /** Frames that were sent and have not come back, where the wire is a loop. */
  readonly #wire: Uint8Array[] = [];
  /** Frames for which there was no buffer when the device had time: it may keep them until there is one, or drop them. */
  readonly #late: Uint8Array[] = [];
  readonly #loop: boolean;
  #macOffered = false;

  constructor(setup: JudgeSetup, report: Report) {
    super(setup, NET_FACTS, report);
    this.#loop = setup.claims.loop === true;
  }

  override reset(): void {
    super.reset();
    this.#wire.length = 0;
    this.#late.length = 0;
    this.#buffers = 0;
  }

  offered(features: Negotiated): void {
    this.#macOffered = features.has(Feature.MAC);
  }

  override featuresFixed(features: Negotiated): void {
    super.featuresFixed(features);
    if (!this.#macOffered) return;
    this.owes('net.driver.device-configuration-layout.2', features.has(Feature.MAC), () => 'MAC declined');
  }

  override configWritten(): void {
    // Legacy drivers set their address there (5.1.4.3).
    if (this.legacy) return;
    this.owes('net.driver.device-configuration-layout.1', false, () => 'the configuration space written');
  }

  get #header(): number {
    return this.features.has(Feature.VERSION_1) || this.features.has(Feature.MRG_RXBUF) ? HEADER : SHORT_HEADER;
  }

  override exposed(chain: ChainView): void {
    if (chain.queue === RECEIVE) this.#receiveBuffer(chain);
    else if (chain.queue === TRANSMIT) this.#packet(chain);
  }

  #receiveBuffer(chain: ChainView): void {
    const header = this.#header;
    this.#buffers++;
    this.owes('untagged.net.1', chain.readableLength === 0, () => `${chain.readableLength} readable bytes to receive`);
    if (chain.tainted) return;
    if (!this.features.has(Feature.MRG_RXBUF) && !RECEIVE_OFFLOADS.some((bit) => this.features.has(bit))) {
      this.owes(
        'net.driver.setting-up-receive-buffers.2',
        chain.writableLength >= header + LONGEST_FRAME,
        () => `${chain.writableLength} bytes to receive`,
      );
    }
    if (this.framed) this.#apart(chain.writable[0]?.length, header);
  }

  #apart(first: number | undefined, header: number): void {
    this.owes(
      'net.driver.legacy-framing-requirements.1',
      first === header,
      () => `a first descriptor of ${first ?? 0} bytes, with a header of ${header}`,
    );
  }

  #packet(chain: ChainView): void {
    const header = this.#header;
    const whole = chain.writableLength === 0 && chain.readableLength >= header + SHORTEST_FRAME;
    this.owes(
      'untagged.net.1',
      whole,
      () => `${chain.readableLength} bytes and ${chain.writableLength} writable ones to send`,
    );
    if (!whole || chain.tainted) return;
    if (this.framed) this.#apart(chain.readable[0]?.length, header);
    const packet = sent(chain);
    if (this.#loop) this.#wire.push(packet.slice(header));
    if (!this.features.has(Feature.CSUM)) {
      this.owes('net.driver.packet-transmission.3', packet[FLAGS] === 0, () => `flags ${packet[FLAGS]}`);
    }
    if (!SEGMENTATION.some((bit) => this.features.has(bit))) {
      this.owes('net.driver.packet-transmission.31', packet[GSO_TYPE] === 0, () => `gso_type ${packet[GSO_TYPE]}`);
    }
    if (header === HEADER) {
      const buffers = readU16(packet, NUM_BUFFERS, this.order);
      this.owes('net.driver.packet-transmission.2', buffers === 0, () => `num_buffers ${buffers}`);
    }
  }

  override completed(chain: ChainView, usedLength: number): void {
    if (chain.queue === RECEIVE) this.#buffers--;
    if (chain.queue !== RECEIVE || chain.tainted || usedLength > chain.writableLength) return;
    const header = this.#header;
    if (usedLength < header) return;
    if (header === HEADER && !this.features.has(Feature.MRG_RXBUF)) {
      const buffers = readU16(chain.written(NUM_BUFFERS, 2), 0, this.order);
      this.report.check(
        ONE_BUFFER,
        buffers === 1,
        () => 'num_buffers 1',
        () => `${buffers}`,
      );
    }
    if (!this.#loop) return;
    const came = chain.written(header, usedLength - header);
    // Packets may have been sent in another order than they were made available.
    const known = this.#wire.length + this.#late.length;
    this.report.check(
      LOOPED,
      takeFrom(this.#wire, came) || takeFrom(this.#late, came),
      () => `one of ${known} frames that were sent`,
      () => `${came.length} bytes: ${hexBytes(came)}`,
    );
  }

  /** Receive buffers wait for packets; a command is answered, if by an error (5.1.9.5). */
  override mustComplete(chain: ChainView): boolean {
    if (chain.tainted) return false;
    if (chain.queue === CONTROL) return this.features.has(Feature.CTRL_VQ) && chain.writableLength > 0;
    return chain.queue === TRANSMIT && chain.writableLength === 0;
  }

  override abandoned(chain: ChainView): void {
    if (chain.queue === RECEIVE) this.#buffers--;
  }

  /** A loop brings back what was sent as long as there is room for it. */
  override settled(certain: boolean): void {
    if (!certain || !this.#loop || this.#wire.length === 0) return;
    const waiting = this.#wire.length;
    this.report.check(
      LOOPED,
      this.#buffers === 0,
      () => `${waiting} frames in ${this.#buffers} buffers`,
      () => 'none',
    );
    this.#late.push(...this.#wire.splice(0));
  }

  override describe(): string {
    return `network, ${this.#wire.length} frames on the wire`;
  }
}
