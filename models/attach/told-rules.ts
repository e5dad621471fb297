/** What drivers tell the system of their devices, against the fields of the configuration space that say so. */

/** Values that were read, as numbers, by `offset/size`. */
export type ReadConfig = ReadonlyMap<string, bigint>;

/** Without an address of the device: one that is locally administered, and of one station (5.1.4.2). */
const LOCAL_ADDRESS = /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/;
const MAC_LENGTH = 6;
/** A tag is its length and its bytes, of which the driver keeps so many (vio9p.c). */
const TAG_OFFSET = 2;
const MOST_TAG = 31;

/** Where single fields are: offset and size in bytes. */
const FIELDS: Readonly<Record<string, string>> = {
  columns: '0/2',
  rows: '2/2',
  sectors: '0/8',
  'wanted pages': '0/4',
  'actual pages': '4/4',
  'last target': '30/2',
  'last unit': '32/4',
  'sector size': '20/4',
};
const CMD_PER_LUN = '12/4';
/** Features: a network device has an address; a disk says how long its sectors are (ld_virtio.c), else they are of 512 bytes. */
const MAC = 1n << 5n;
const BLK_SIZE = 1n << 6n;
const SECTOR = 512;

/**
 * What a driver that has read `config` is to tell: the text, or what it has to look like. Undefined where there is no rule.
 * `queueSize`: of the queue that was set up last, which is the one for requests. `accepted`: the features negotiated.
 */
export function toldOf(
  what: string,
  config: ReadConfig,
  queueSize: number,
  accepted: bigint,
): string | RegExp | undefined {
  if (what === 'mac') return (accepted & MAC) !== 0n ? addressOf(config) : LOCAL_ADDRESS;
  if (what === 'sector size' && (accepted & BLK_SIZE) === 0n) return String(SECTOR);
  if (what === 'tag') return tagOf(config);
  if (what === 'openings') {
    const perLun = config.get(CMD_PER_LUN);
    return perLun === undefined ? 'cmd_per_lun' : String(Math.min(Number(perLun), queueSize));
  }
  const field = FIELDS[what];
  return field === undefined ? undefined : String(config.get(field) ?? `of the field at ${field}`);
}

function addressOf(config: ReadConfig): string {
  const bytes = Array.from({ length: MAC_LENGTH }, (_, i) => config.get(`${i}/1`));
  return bytes.map((byte) => (byte === undefined ? '??' : byte.toString(16).padStart(2, '0'))).join(':');
}

function tagOf(config: ReadConfig): string {
  const length = Math.min(Number(config.get('0/2') ?? 0n), MOST_TAG);
  const bytes = Array.from({ length }, (_, i) => config.get(`${TAG_OFFSET + i}/1`));
  return bytes.map((byte) => (byte === undefined ? '?' : String.fromCharCode(Number(byte)))).join('');
}
