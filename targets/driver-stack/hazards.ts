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
  { repair: 'repair-reinit-order', id: 'reinit-order', summary: 'a restart sets queues up before it negotiates' },
  { repair: 'repair-le-writers', id: 'le-writers', summary: 'little-endian fields are written swapped on ARM' },
  { repair: 'repair-le-fields', id: 'le-fields', summary: 'little-endian fields swap where plain fields do not' },
  { repair: 'repair-swapping-bus', id: 'swapping-bus', summary: 'MMIO v2 configuration is swapped once too often' },
  { repair: 'repair-ld-size-max', id: 'ld-size-max', summary: "ld raises the device's SIZE_MAX" },
  { repair: 'repair-ld-product', id: 'ld-product', summary: 'SEG_MAX times SIZE_MAX wraps' },
  { repair: 'repair-ld-get-id', id: 'ld-get-id', summary: 'ld waits for an identification that it could not ask for' },
  { repair: 'repair-ld-serial', id: 'ld-serial', summary: 'ld keeps 8 bytes of the identification' },
  { repair: 'repair-ld-flush', id: 'ld-flush', summary: 'a flush that found no descriptor blocks all later ones' },
  { repair: 'repair-ld-dump', id: 'ld-dump', summary: 'a dump that had to wait for a slot is called done, and is not' },
  { repair: 'repair-ld-poll-sync', id: 'ld-poll-sync', summary: 'ld polls the used ring without synchronising it' },
  { repair: 'repair-vioscsi-poll', id: 'vioscsi-poll', summary: 'a transfer that was polled in vain ends twice' },
  { repair: 'repair-vio9p-timeout', id: 'vio9p-timeout', summary: 'vio9p loses a reply that comes as its wait ends' },
  { repair: 'repair-vio9p-close', id: 'vio9p-close', summary: 'vio9p leaves its state to whoever opens it next' },
  { repair: 'repair-viogpu-spin', id: 'viogpu-spin', summary: 'viogpu waits in its handler for what has been taken' },
  { repair: 'repair-viogpu-busy', id: 'viogpu-busy', summary: 'viogpu panics where a command does not fit its queue' },
  {
    repair: 'repair-viogpu-failure',
    id: 'viogpu-failure',
    summary: 'viogpu frees queues of a live device, and unmaps a variable, when the end of attaching fails',
  },
  { repair: 'repair-viocon-length', id: 'viocon-length', summary: 'viocon reads as many bytes as the device says' },
  { repair: 'repair-viomb-counter', id: 'viomb-counter', summary: 'viomb attaches once in the life of a kernel' },
  {
    repair: 'repair-pci-failed',
    id: 'pci-failed',
    summary: 'virtio_pci.c writes FAILED alone, which takes back the bits set before',
  },
  { repair: 'repair-pci-disable', id: 'pci-disable', summary: 'virtio_pci.c writes 0 to queue_enable' },
  { repair: 'repair-cmdline', id: 'cmdline', summary: 'a malformed entry of the command line attaches something' },
  { repair: 'repair-cmdline-map', id: 'cmdline-map', summary: 'an entry that cannot be mapped ends the command line' },
  {
    repair: 'repair-cmdline-cursor',
    id: 'cmdline-cursor',
    summary: 'the command line is read on behind its last entry',
  },
  { repair: 'repair-cmdline-irq', id: 'cmdline-irq', summary: 'the boot message names interrupt -1' },
  {
    repair: 'repair-queue-limit',
    id: 'ld_virtio.c 1.43',
    summary: 'ld makes requests of more segments than the queue has entries where SEG_MAX lets it',
  },
  {
    repair: 'repair-viocon-drain',
    id: 'viocon.c 1.10',
    summary:
      'viocon dequeues finished output, and input once it flows again, without synchronising the used ring first',
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
