/**
 * What the newest readable revisions still do wrong, with the switch that repairs each. A finding that a repair makes go
 * away is that hazard; one that stays with all repairs is news.
 */

export interface Hazard {
  /** Switch of a profile that repairs it. */
  readonly repair: string;
  /** Case of the regressions, or the source that it was verified in. */
  readonly id: string;
  readonly summary: string;
}

export const HAZARDS: readonly Hazard[] = [
  { repair: 'repair-h1', id: 'H1, H2', summary: 'virtio_pci.c 1.54 looks a queue up that is to be taken away' },
  { repair: 'repair-h3', id: 'H3', summary: 'a rescan after a failed attach runs into an assertion' },
  { repair: 'repair-h4', id: 'H4', summary: 'viocon, viornd, vioscsi and viogpu go on when negotiation has failed' },
  { repair: 'repair-h5', id: 'H5', summary: 'vioif walks queues that are not there when negotiation has failed' },
  { repair: 'repair-h6', id: 'H6', summary: 'vioif counts a control queue that it could not allocate' },
  { repair: 'repair-h7', id: 'H7', summary: 'queue memory leaks when attaching fails' },
  { repair: 'repair-h9', id: 'H9', summary: 'free_vq misreads the free chain on big-endian hosts' },
  { repair: 'repair-refill', id: 'vioif-refill', summary: 'vioif refills and notifies before DRIVER_OK' },
  { repair: 'repair-le-writers', id: 'le-writers', summary: 'little-endian fields are written swapped on ARM' },
  { repair: 'repair-le-fields', id: 'le-fields', summary: 'little-endian fields swap where plain fields do not' },
  { repair: 'repair-swapping-bus', id: 'swapping-bus', summary: 'MMIO v2 configuration is swapped once too often' },
  { repair: 'repair-ld-size-max', id: 'ld-size-max', summary: "ld raises the device's SIZE_MAX" },
  { repair: 'repair-ld-product', id: 'ld-product', summary: 'SEG_MAX times SIZE_MAX wraps' },
  { repair: 'repair-cmdline', id: 'cmdline', summary: 'a malformed entry of the command line attaches something' },
  {
    repair: 'repair-queue-limit',
    id: 'ld_virtio.c 1.43',
    summary: 'ld makes requests of more segments than the queue has entries where SEG_MAX lets it',
  },
  {
    repair: 'repair-viocon-drain',
    id: 'viocon.c 1.10',
    summary: 'viocon dequeues finished output without synchronising the used ring first',
  },
  {
    repair: 'repair-viocon-port',
    id: 'viocon.c 1.10',
    summary: 'viocon panics where it cannot create its port instead of giving up',
  },
  {
    repair: 'repair-device-id-first',
    id: 'virtio_mmio.c 1.12 to 1.15',
    summary: 'the guest page size of a legacy device is written before DeviceID is read',
  },
  {
    repair: 'repair-any-layout',
    id: 'virtio.c 1.82',
    summary: 'no driver asks for ANY_LAYOUT on a legacy device; framing is the legacy one, so nothing depends on it',
  },
  {
    repair: 'repair-legacy-disable',
    id: 'virtio_mmio.c 1.15',
    summary: 'taking a legacy queue away writes QueueNum and QueueAlign while it is still in use',
  },
  {
    repair: 'repair-queue-stop',
    id: 'virtio_mmio.c 1.12 to 1.15, stop',
    summary: 'QueueReady is not read back after it was zeroed to stop a queue',
  },
  {
    repair: 'repair-config-generation',
    id: 'virtio.c 1.82',
    summary: 'the generation of the configuration space is defined and never read; 64-bit fields are read once',
  },
];

/** The newest readable revisions with every known hazard repaired: what seeded defects are seeded into. */
export const MENDED: readonly string[] = HAZARDS.map(({ repair }) => repair);
