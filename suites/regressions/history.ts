/**
 * What is known of virtio(4)'s history, a row each, and the cases that show it. Rows without a case changed nothing that a
 * driver does; they say so.
 */
export interface HistoryRow {
  /** Problem report, or the revision that changed it. */
  readonly what: string;
  /** Ids of cases; where there is none, why. */
  readonly cases: readonly string[] | { readonly none: string };
}

const row = (what: string, ...cases: readonly string[]): HistoryRow => ({ what, cases });
const none = (what: string, why: string): HistoryRow => ({ what, cases: { none: why } });

/** Repaired in some revision. */
export const REPAIRED_ROWS: readonly HistoryRow[] = [
  row('kern/58555; the order of viocon.c 1.10, the assertion of virtio.c 1.82', 'kern/58555'),
  row('virtio.c ~1.69: queues programmed before they are registered', 'program-before-register'),
  row('kern/57304; virtio.c ~1.72, virtioreg.h 1.12', 'kern/57304'),
  row('kern/57357; virtio_pci.c 1.41, virtio.c 1.75, virtio_mmio.c 1.10', 'kern/57357'),
  row('virtio.c ~1.74, virtio_mmio.c 1.8, virtio_pci.c 1.40: reboot after a failed attach', 'attach-failed-reboot'),
  row('kern/58335; virtio_pci.c 1.46, 1.47, 1.49', 'kern/58335'),
  row('virtio_pci.c 1.48: detach at shutdown', 'pci-shutdown'),
  row('kern/57358; virtio.c 1.76, in both forms that fit what is known', 'kern/57358-a', 'kern/57358-b'),
  row('virtio.c 1.78: slots reused too early', 'race-1.78'),
  row('virtio_mmio.c 1.14: null dereference', 'mmio-1.14'),
  row('virtio_mmio.c 1.12: register byte order', 'mmio-1.12-register-order'),
  row('virtio_mmio.c 1.12: version 2', 'mmio-1.12-v2'),
  row('virtio_mmio.c 1.13: negotiation', 'mmio-1.13-negotiation'),
  row('virtio_mmio.c 1.3, rewritten as 1.5: byte order of configuration space', 'mmio-1.3-config-order'),
  row('virtio_mmio.c 1.11, virtio_pci.c 1.43: big-endian ARM', 'mmio-1.11-armeb'),
  row('virtio.c 1.79: readers of little-endian fields', 'le-readers-1.79'),
  row('virtio.c ~1.68: releasing what was never allocated', 'release-checks'),
  row('virtio.c ~1.69: the size of a queue is read again', 'restore-qsize'),
  row('virtio.c 1.54: length of ring syncs', 'ring-sync-1.54'),
  row('virtio.c 1.66: the order of child_detach', 'detach-window'),
  row('viocon.c 1.4: sync direction', 'viocon-1.4-sync'),
  row('viocon.c 1.7: unused queues', 'viocon-1.7-unused-queues'),
  row('viocon.c 1.2: number of the terminal', 'viocon-1.2-tty'),
  row('vioscsi.c 1.35: XS_BUSY', 'vioscsi-xs-busy'),
  row('vioscsi.c 1.8: a slot freed twice', 'vioscsi-double-free'),
  row('kern/57981; ld_virtio.c 1.34', 'kern/57981'),
  row('kern/58338; ld_virtio.c 1.35', 'kern/58338'),
  row('kern/58681; viogpu.c 1.1, virtio_mmio.c 1.15', 'kern/58681'),
  row('kern/59211; virtio.config 1.1', 'kern/59211'),
  none('viocon.c 1.5: a map that nobody used', 'nothing that a driver does'),
  none('viocon.c 1.9: the words of an assertion', 'nothing that a driver does'),
  none('virtio_mmiovar.h 1.2: the guard against double inclusion', 'a build, not a driver'),
  none('virtio_mmio.c 1.7, 1.9; virtio.c ~1.70, ~1.71: builds repaired', 'a build, not a driver'),
];

/** Still there in the newest readable code. */
export const OPEN_ROWS: readonly HistoryRow[] = [
  row('command line (a): what was read before a parse error attaches', 'cmdline-bad-entry'),
  row('command line (b): a mapping that fails ends everything', 'cmdline-map'),
  row('command line (c): empty values', 'cmdline-empty-entry'),
  row('command line (d): the cursor at the end', 'cmdline-cursor'),
  row('command line (e): interrupt -1', 'cmdline-irq'),
  ...['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H9'].map((id) => row(`hazard ${id}`, id)),
  row('restart: notification before DRIVER_OK; queues before FEATURES_OK', 'vioif-refill', 'reinit-order'),
  row(
    'byte order: writers of little-endian fields, both kinds of field, swapping buses',
    'le-writers',
    'le-fields',
    'swapping-bus',
  ),
  row('ld: limits', 'ld-size-max', 'ld-product', 'ld-queue-limit'),
  row('ld: GET_ID, flush, dump, the string, polling', 'ld-get-id', 'ld-flush', 'ld-dump', 'ld-serial', 'ld-poll-sync'),
  row('vioscsi: time-out of a poll', 'vioscsi-poll'),
  row('vio9p: time-out and close', 'vio9p-timeout', 'vio9p-close'),
  row('viogpu: spinning, small queues, late failure', 'viogpu-spin', 'viogpu-busy', 'viogpu-failure'),
  row('viocon: length, draining, port', 'viocon-length', 'viocon-drain', 'viocon-port'),
  row('viomb: the counter', 'viomb-counter'),
  row(
    "VIRTIO's own rules",
    'legacy-disable',
    'config-generation',
    'device-id-first',
    'any-layout',
    'pci-failed',
    'pci-disable',
  ),
];

function table(rows: readonly HistoryRow[]): readonly string[] {
  return [
    '| what | case |',
    '| ---- | ---- |',
    ...rows.map(({ what, cases }) => `| ${what} | ${'none' in cases ? `none: ${cases.none}` : cases.join(', ')} |`),
  ];
}

/** As a section of docs/netbsd-attach.md. */
export function historySection(): string {
  return ['Repaired:', '', ...table(REPAIRED_ROWS), '', 'Open:', '', ...table(OPEN_ROWS), ''].join('\n');
}
