/** All regression cases, in the order in which they are reported. */
import type { RegressionCase } from './case.ts';
import { pr58555 } from './cases/pr-58555.ts';
import { pr57304 } from './cases/pr-57304.ts';
import { pr57357 } from './cases/pr-57357.ts';
import { attachFailedReboot } from './cases/attach-failed-reboot.ts';
import { programBeforeRegister } from './cases/program-before-register.ts';
import { mmio114 } from './cases/mmio-1.14.ts';
import { mmio112RegisterOrder } from './cases/mmio-1.12-register-order.ts';
import { mmio112V2 } from './cases/mmio-1.12-v2.ts';
import { mmio113Negotiation } from './cases/mmio-1.13-negotiation.ts';
import { mmio13ConfigOrder } from './cases/mmio-1.3-config-order.ts';
import { mmio111Armeb } from './cases/mmio-1.11-armeb.ts';
import { leReaders179 } from './cases/le-readers-1.79.ts';
import { vioscsiXsBusy } from './cases/vioscsi-xs-busy.ts';
import { vioscsiDoubleFree } from './cases/vioscsi-double-free.ts';
import { pr57981 } from './cases/pr-57981.ts';
import { pr58338 } from './cases/pr-58338.ts';
import { race178 } from './cases/race-1.78.ts';
import { pr57358a } from './cases/pr-57358-a.ts';
import { pr57358b } from './cases/pr-57358-b.ts';
import { pr58335 } from './cases/pr-58335.ts';
import { pciShutdown } from './cases/pci-shutdown.ts';
import { pr58681 } from './cases/pr-58681.ts';
import { pr59211 } from './cases/pr-59211.ts';
import { viocon14Sync } from './cases/viocon-1.4-sync.ts';
import { viocon17UnusedQueues } from './cases/viocon-1.7-unused-queues.ts';
import { viocon12Tty } from './cases/viocon-1.2-tty.ts';
import { releaseChecks } from './cases/release-checks.ts';
import { restoreQsize } from './cases/restore-qsize.ts';
import { ringSync154 } from './cases/ring-sync-1.54.ts';
import { cmdlineBadEntry } from './cases/cmdline-bad-entry.ts';
import { cmdlineEmptyEntry } from './cases/cmdline-empty-entry.ts';
import { cmdlineMap } from './cases/cmdline-map.ts';
import { cmdlineCursor } from './cases/cmdline-cursor.ts';
import { cmdlineIrq } from './cases/cmdline-irq.ts';
import { h1 } from './cases/h1.ts';
import { h2 } from './cases/h2.ts';
import { h3 } from './cases/h3.ts';
import { h4 } from './cases/h4.ts';
import { h5 } from './cases/h5.ts';
import { h6 } from './cases/h6.ts';
import { h7 } from './cases/h7.ts';
import { h8 } from './cases/h8.ts';
import { h9 } from './cases/h9.ts';
import { vioifRefill } from './cases/vioif-refill.ts';
import { leWriters } from './cases/le-writers.ts';
import { leFields } from './cases/le-fields.ts';
import { swappingBus } from './cases/swapping-bus.ts';
import { ldSizeMax } from './cases/ld-size-max.ts';
import { ldProduct } from './cases/ld-product.ts';
import { pciFailed } from './cases/pci-failed.ts';
import { pciDisable } from './cases/pci-disable.ts';
import { reinitOrder } from './cases/reinit-order.ts';
import { ldGetId } from './cases/ld-get-id.ts';
import { ldSerial } from './cases/ld-serial.ts';
import { ldFlush } from './cases/ld-flush.ts';
import { ldDump } from './cases/ld-dump.ts';
import { ldPollSync } from './cases/ld-poll-sync.ts';
import { ldQueueLimit } from './cases/ld-queue-limit.ts';
import { vioscsiPoll } from './cases/vioscsi-poll.ts';
import { vio9pTimeout } from './cases/vio9p-timeout.ts';
import { vio9pClose } from './cases/vio9p-close.ts';
import { viogpuSpin } from './cases/viogpu-spin.ts';
import { viogpuBusy } from './cases/viogpu-busy.ts';
import { viogpuFailure } from './cases/viogpu-failure.ts';
import { vioconLength } from './cases/viocon-length.ts';
import { vioconDrain } from './cases/viocon-drain.ts';
import { vioconPort } from './cases/viocon-port.ts';
import { viombCounter } from './cases/viomb-counter.ts';
import { legacyDisable } from './cases/legacy-disable.ts';
import { configGeneration } from './cases/config-generation.ts';
import { deviceIdFirst } from './cases/device-id-first.ts';
import { anyLayout } from './cases/any-layout.ts';
import { detachWindow } from './cases/detach-window.ts';

export const REGRESSIONS: readonly RegressionCase[] = [
  pr58555,
  pr57304,
  pr57357,
  attachFailedReboot,
  programBeforeRegister,
  mmio114,
  mmio112RegisterOrder,
  mmio112V2,
  mmio113Negotiation,
  mmio13ConfigOrder,
  mmio111Armeb,
  leReaders179,
  vioscsiXsBusy,
  vioscsiDoubleFree,
  pr57981,
  pr58338,
  race178,
  pr57358a,
  pr57358b,
  pr58335,
  pciShutdown,
  pr58681,
  pr59211,
  viocon14Sync,
  viocon17UnusedQueues,
  viocon12Tty,
  releaseChecks,
  restoreQsize,
  ringSync154,
  detachWindow,
  cmdlineBadEntry,
  cmdlineEmptyEntry,
  cmdlineMap,
  cmdlineCursor,
  cmdlineIrq,
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  h7,
  h8,
  h9,
  vioifRefill,
  leWriters,
  leFields,
  swappingBus,
  ldSizeMax,
  ldProduct,
  ldGetId,
  ldSerial,
  ldFlush,
  ldDump,
  ldPollSync,
  ldQueueLimit,
  vioscsiPoll,
  vio9pTimeout,
  vio9pClose,
  viogpuSpin,
  viogpuBusy,
  viogpuFailure,
  vioconLength,
  vioconDrain,
  vioconPort,
  viombCounter,
  legacyDisable,
  configGeneration,
  deviceIdFirst,
  anyLayout,
  pciFailed,
  pciDisable,
  reinitOrder,
];

/** Names under which a case can be asked for: kern/58555, PR58555, 58555, its name, its aliases. */
export function namesOf({ id, aliases = [] }: RegressionCase): readonly string[] {
  const number = /^kern\/(\d+)(.*)$/.exec(id);
  return number === null
    ? [id, ...aliases]
    : [id, `${number[1]}${number[2]}`, `PR${number[1]}${number[2]}`, ...aliases];
}

/** The cases that a name stands for; `all` for every one. A report that has several cases gives them all. */
export function findRegressions(name: string): readonly RegressionCase[] {
  const wanted = name
    .trim()
    .toLowerCase()
    .replace(/^pr\s*(kern\/)?/, '')
    .replace(/^kern\//, '');
  if (wanted === 'all') return REGRESSIONS;
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^pr\s*/, '')
      .replace(/^kern\//, '');
  const exact = REGRESSIONS.filter((each) => namesOf(each).some((known) => plain(known) === wanted));
  if (exact.length > 0) return exact;
  return /^\d+$/.test(wanted) ? REGRESSIONS.filter(({ id }) => plain(id).startsWith(`${wanted}-`)) : [];
}
