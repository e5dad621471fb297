/**
 * Recordings for tests, written the short way: `R070=f` is a read of the register at 0x070 that gave 0xf, `W050=0` a write,
 * `R118.1=0` one of a single byte, `I1` and `I0` the level of the interrupt line.
 */
export const BASE = 0xfeb02e00;

const STEP = /^(?:([RW])([0-9a-f]{3})(?:\.([1248]))?=([0-9a-f]+)|I([01]))$/;

/** The lines that QEMU would write. */
export function qemuLog(steps: string, base = BASE): string {
  const lines = steps.split(/\s+/).map((step) => {
    const match = STEP.exec(step);
    if (match === null) throw new Error(`no step of a recording: ${step}`);
    const [, did, offset, size = '4', value, level] = match;
    if (level !== undefined) return `virtio_mmio_setting_irq virtio_mmio setting IRQ ${level}`;
    const at = (base + Number.parseInt(offset, 16)).toString(16);
    const event = did === 'R' ? 'read' : 'write';
    return `memory_region_ops_${event} cpu 0 mr 0x55c3e71c3eb0 addr 0x${at} value 0x${value} size ${size} name 'virtio-mmio'`;
  });
  return `${lines.join('\n')}\n`;
}

/** The lines that a qtest log of the same would have; `swapped`: as a big-endian CPU sees little-endian registers. */
export function qtestLog(steps: string, base = BASE, swapped = false): string {
  const lines = steps.split(/\s+/).flatMap((step) => {
    const [, did, offset, size = '4', value] = STEP.exec(step)!;
    const at = `0x${(base + Number.parseInt(offset, 16)).toString(16)}`;
    const letter = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' }[size];
    const bytes = Buffer.from(value.padStart(2 * Number(size), '0'), 'hex');
    const number = `0x${(swapped ? bytes.reverse() : bytes).toString('hex')}`;
    return did === 'R'
      ? [`[R +0.1] read${letter} ${at}`, `[S +0.2] OK ${number}`]
      : [`[R +0.1] write${letter} ${at} ${number}`, '[S +0.2] OK'];
  });
  return `${lines.join('\n')}\n`;
}

const PROBE = 'R000=74726976 R004=2 R008=2 R00c=554d4551';
const RESET = 'W070=0 R070=0 W070=1 R070=1 W070=3';
const OFFER = 'W014=1 R010=101 W014=0 R010=30000e54';
const SELECT = 'W024=1 W020=1 W024=0 W020=30000a54';
const FEATURES_OK = 'W070=b R070=b';
const QUEUE = 'W030=0 R044=0 R034=400 W038=400 W080=2a50000 W084=0 W090=2a54000 W094=0 W0a0=2a55000 W0a4=0 W044=1';
const CONFIG = 'R0fc=0 R100=800 R104=0 R0fc=0 W120.1=1 R120.1=1';
const WORK = 'W070=f R070=f W050=0 I1 R060=1 W064=1 I0 W050=0 I1 R060=1 W064=1 I0';
const STOP = 'W044=0 R044=0 W070=0 R070=0';

/** A conforming driver of a modern block device, stage by stage. */
export const MODERN = { PROBE, RESET, OFFER, SELECT, FEATURES_OK, QUEUE, CONFIG, WORK, STOP } as const;
export type Stage = keyof typeof MODERN;

/** The conforming driver, with some stages replaced. */
export function modernDriver(changes: Partial<Record<Stage, string>> = {}): string {
  const stages = { ...MODERN, ...changes };
  return Object.values(stages)
    .filter((stage) => stage !== '')
    .join(' ');
}

const LEGACY_PROBE = 'R000=74726976 R004=1 R008=2 R00c=554d4551 W028=1000';
const LEGACY_OFFER = 'W014=0 R010=39000e54';
const LEGACY_SELECT = 'W024=0 W020=38000a54';
const LEGACY_QUEUE = 'W030=0 R040=0 R034=400 W038=400 W03c=1000 W040=2a50';
const LEGACY_CONFIG = 'R100=800 R104=0 R100=800 R104=0';
const LEGACY_WORK = 'W070=7 R070=7 W050=0 I1 R060=1 W064=1 I0';
const LEGACY_STOP = 'W070=0 R070=0';

/** A conforming driver of a legacy block device. */
export const LEGACY = {
  LEGACY_PROBE,
  RESET,
  LEGACY_OFFER,
  LEGACY_SELECT,
  LEGACY_QUEUE,
  LEGACY_CONFIG,
  LEGACY_WORK,
  LEGACY_STOP,
} as const;

export function legacyDriver(changes: Partial<Record<keyof typeof LEGACY, string>> = {}): string {
  return Object.values({ ...LEGACY, ...changes })
    .filter((stage) => stage !== '')
    .join(' ');
}
