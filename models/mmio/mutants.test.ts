/** Every mutation of the ideal register file is caught, under the clause that it breaks and under no other. */
import { describe, expect, it } from 'vitest';
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import { FEATURE } from '../status/feature-bits.ts';
import { Bench } from './testing/bench.ts';
import { MUTATIONS, type Mutation } from './testing/mutations.ts';
import { REG } from './layout.ts';

const V1 = FEATURE.VERSION_1;
const USED_OWED = clause('split.device.used-buffer-notification-suppression.3');
const CONFIG_OWED = clause('untagged.basic.4');

function used(bench: Bench): void {
  bench.report.row++;
  bench.model.interrupts.usedOwed(USED_OWED, bench.report.row);
  bench.device.raise(1);
}

function resize(bench: Bench, sectors: number): void {
  bench.host({ action: 'resize-disk', sectors });
  bench.model.interrupts.configOwed(CONFIG_OWED, bench.report.row);
}

function windows(bench: Bench): void {
  for (const window of [0, 1, 2, 3, 4, 0]) {
    bench.write(REG.DeviceFeaturesSel, window);
    bench.read(REG.DeviceFeatures);
  }
}

function isr(bench: Bench, ack = 0): void {
  bench.settle();
  bench.read(REG.InterruptStatus);
  bench.read(REG.InterruptStatus);
  bench.irq();
  if (ack === 0) return;
  bench.write(REG.InterruptACK, ack);
  bench.read(REG.InterruptStatus);
  bench.irq();
}

/** Conforming drivers. Each exercises one corner; together they pass over every mutation. */
const PROGRAMS: Record<string, (bench: Bench) => void> = {
  probe: (bench) => {
    bench.probe();
    bench.probe();
    bench.read(REG.Status);
    bench.reset();
    windows(bench);
  },
  negotiate: (bench) => {
    bench.select(V1, 29);
    bench.featuresOk();
    bench.select(V1, 29);
    bench.featuresOk();
  },
  start: (bench) => {
    bench.start();
    bench.read(REG.Status);
    for (const queue of [0, 1]) {
      bench.write(REG.QueueSel, queue);
      bench.read(REG.QueueReady);
    }
    bench.write(REG.QueueReady, 0);
    bench.read(REG.QueueReady);
    bench.write(REG.QueueSel, 2);
    bench.read(REG.QueueSizeMax);
    bench.reset();
    bench.write(REG.QueueSel, 0);
    bench.read(REG.QueueReady);
  },
  interrupts: (bench) => {
    bench.start();
    used(bench);
    isr(bench, 1);
    used(bench);
    resize(bench, 999);
    isr(bench, 1);
    isr(bench, 2);
    bench.read(REG.Status);
    used(bench);
    bench.reset();
    bench.read(REG.InterruptStatus);
  },
  quiet: (bench) => {
    bench.reset();
    bench.read(REG.InterruptStatus);
    bench.device.raise(1);
    bench.read(REG.InterruptStatus);
    bench.select(V1);
    bench.read(REG.InterruptStatus);
    bench.device.raise(1);
    bench.read(REG.InterruptStatus);
  },
  broken: (bench) => {
    bench.start();
    bench.host({ action: 'break-device' });
    bench.settle();
    bench.read(REG.Status);
    isr(bench);
  },
  config: (bench) => {
    bench.select(V1, 9, 11);
    const read = () => {
      bench.read(REG.ConfigGeneration);
      bench.read(REG.Config);
      bench.read(REG.Config + 4);
      bench.read(REG.ConfigGeneration);
    };
    read();
    bench.featuresOk();
    read();
    bench.write(REG.Status, 15);
    bench.read(REG.ConfigGeneration);
    bench.read(REG.Config);
    resize(bench, 7);
    bench.settle();
    bench.read(REG.Config);
    bench.read(REG.ConfigGeneration);
    read();
  },
  'queue reset': (bench) => {
    bench.start(V1, FEATURE.RING_RESET);
    bench.write(REG.QueueSel, 1);
    bench.write(REG.QueueReset, 1);
    bench.read(REG.QueueReset);
    bench.settle();
    bench.read(REG.QueueReset);
    bench.read(REG.QueueReady);
    bench.enableQueue(1);
    bench.read(REG.QueueReset);
    bench.reset();
    bench.write(REG.QueueSel, 1);
    bench.read(REG.QueueReset);
  },
  suspend: (bench) => {
    bench.start(V1, FEATURE.SUSPEND, 9, 11);
    bench.read(REG.Config);
    bench.write(REG.Config + 32, 1, 1);
    bench.read(REG.Config + 32, 1);
    bench.read(REG.InterruptStatus);
    bench.write(REG.Status, 31);
    bench.settle();
    bench.read(REG.Status);
    bench.read(REG.InterruptStatus);
    bench.read(REG.Config);
    if (bench.device.status & 16) bench.device.raise(1);
    bench.read(REG.InterruptStatus);
    resize(bench, 12);
    bench.settle();
    bench.read(REG.InterruptStatus);
    bench.write(REG.Status, 31);
    bench.settle();
    bench.read(REG.Status);
    isr(bench, 2);
  },
};

/** Drivers that break a rule that voids nothing, or a rule that the device must refuse. */
const HOSTILE: Record<string, (bench: Bench) => void> = {
  'shared memory': (bench) => {
    bench.reset();
    bench.write(REG.SHMSel, 1);
    for (const offset of [REG.SHMLenLow, REG.SHMLenHigh, REG.SHMBaseLow, REG.SHMBaseHigh]) bench.read(offset);
  },
  'unoffered feature': (bench) => {
    bench.select(V1, 12);
    bench.featuresOk();
  },
  'configuration write while suspended': (bench) => {
    bench.start(V1, FEATURE.SUSPEND, 9, 11);
    bench.write(REG.Config + 32, 1, 1);
    bench.read(REG.Config + 32, 1);
    bench.write(REG.Status, 31);
    bench.settle();
    bench.read(REG.Status);
    bench.write(REG.Config + 32, 0, 1);
    bench.read(REG.Config + 32, 1);
  },
  'early suspend': (bench) => {
    bench.start(V1, FEATURE.SUSPEND);
    bench.select(V1, FEATURE.SUSPEND);
    bench.write(REG.Status, 19);
    bench.read(REG.Status);
  },
};

const EXPECTED: Record<Exclude<Mutation, 'none'>, readonly ClauseId[]> = {
  magic: ['mmio.device.register-layout.1'],
  version: ['mmio.device.register-layout.2'],
  'device-id': ['untagged.mmio.15'],
  'vendor-changes': ['untagged.mmio.15'],
  'big-endian': ['untagged.mmio.1'],
  'offer-repeats-in-window-2': ['untagged.mmio.2'],
  'offer-unstable': ['untagged.mmio.2'],
  'offer-undefined': ['basic.device.feature-bits.4'],
  'offer-admin-vq': ['untagged.mmio.14'],
  'offer-sr-iov': ['reserved.device.reserved-feature-bits.10'],
  'offer-open-dependency': ['basic.device.feature-bits.1'],
  'offer-no-version-1': ['reserved.device.reserved-feature-bits.1'],
  'offer-less-after-reset': ['basic.device.feature-bits.5'],
  'accepts-anything': ['basic.device.feature-bits.3'],
  'refuses-valid': ['basic.device.feature-bits.2'],
  'refuses-again': ['basic.device.feature-bits.5'],
  'reset-keeps-status': ['basic.device.device-reset.1'],
  'reset-keeps-ready': ['mmio.device.register-layout.5'],
  'reset-keeps-isr': ['mmio.device.register-layout.5'],
  'reset-keeps-queue-reset': ['mmio.device.register-layout.8'],
  'status-starts-at-1': ['untagged.basic.1'],
  'status-drops-driver': ['untagged.mmio.7'],
  'status-sets-driver-ok': ['untagged.mmio.7'],
  'status-drops-features-ok': ['untagged.mmio.7'],
  'needs-reset-unannounced': ['basic.device.device-status-field.3'],
  'needs-reset-hidden': ['basic.device.device-status-field.2'],
  'ready-stuck': ['untagged.mmio.5'],
  'ready-global': ['untagged.mmio.5'],
  'absent-queue-has-size': ['untagged.mmio.4'],
  'present-queue-has-none': ['untagged.mmio.18'],
  'size-max-too-large': ['untagged.mmio.16'],
  'queue-reset-ignored': ['mmio.device.register-layout.10', 'mmio.device.register-layout.12'],
  'queue-reset-keeps-ready': ['mmio.device.register-layout.10', 'mmio.device.register-layout.12'],
  'queue-reset-sticks': ['mmio.device.register-layout.12'],
  'queue-reset-garbled': ['mmio.device.register-layout.11'],
  'shm-zero': ['untagged.mmio.8'],
  'isr-undefined-bit': ['mmio.device.register-layout.4'],
  'isr-clears-on-read': ['mmio.device.register-layout.3'],
  'isr-spurious-config': ['mmio.device.register-layout.4'],
  'isr-bits-swapped': ['untagged.mmio.6'],
  'isr-early': ['basic.device.device-status-field.1', 'basic.device.device-reset.2'],
  'isr-after-reset': ['basic.device.device-reset.2'],
  'ack-ignored': ['mmio.device.register-layout.3'],
  'ack-clears-all': ['mmio.device.register-layout.3'],
  'line-low': ['untagged.mmio.12'],
  'line-stuck': ['untagged.mmio.12'],
  'suspend-early': ['init.device.device-suspend.1'],
  'suspend-ignored': ['init.device.device-suspend.6'],
  'suspend-keeps-driver-ok': ['init.device.device-suspend.6'],
  'suspend-notifies': ['init.device.device-suspend.3'],
  'suspend-notifies-config': ['init.device.device-suspend.4'],
  'resume-ignored': ['init.device.device-suspend.7'],
  'resume-forgets-config': ['init.device.device-suspend.5'],
  'suspend-takes-config-writes': ['init.device.device-suspend.2'],
  'suspend-changes-config': ['init.device.device-suspend.3'],
  'generation-stuck': ['mmio.device.register-layout.6'],
  'config-changes-with-features-ok': ['basic.device.device-configuration-space.1'],
  'config-unstable': ['untagged.basic.4'],
};

/** What else such a device breaks in the same programs. */
const CONSEQUENCES: Partial<Record<Mutation, readonly ClauseId[]>> = {
  'big-endian': [
    'basic.device.feature-bits.4',
    'reserved.device.reserved-feature-bits.1',
    'untagged.mmio.16',
    'untagged.mmio.7',
    'mmio.device.register-layout.4',
  ],
  'offer-unstable': ['basic.device.feature-bits.2'],
  'reset-keeps-status': ['untagged.mmio.7'],
  'reset-keeps-queue-reset': ['mmio.device.register-layout.9', 'mmio.device.register-layout.12'],
  'status-sets-driver-ok': ['init.device.device-suspend.6', 'untagged.basic.4'],
  'needs-reset-hidden': ['mmio.device.register-layout.4'],
  'ready-global': ['mmio.device.register-layout.10', 'mmio.device.register-layout.12'],
  'queue-reset-sticks': ['mmio.device.register-layout.9'],
  'isr-undefined-bit': ['untagged.mmio.12'],
  'isr-clears-on-read': ['untagged.mmio.12'],
  'isr-spurious-config': ['untagged.mmio.12', 'mmio.device.register-layout.3'],
  'isr-bits-swapped': [
    'mmio.device.register-layout.4',
    'basic.device.device-status-field.3',
    'init.device.device-suspend.5',
  ],
  'ack-ignored': ['mmio.device.register-layout.4'],
  'suspend-keeps-driver-ok': ['mmio.device.register-layout.4'],
  'suspend-notifies': ['init.device.device-suspend.4'],
  'suspend-notifies-config': ['init.device.device-suspend.3'],
  'config-changes-with-features-ok': ['untagged.mmio.9'],
};

/** Mutations that only a device that takes its time can have. */
const SLOW: readonly Mutation[] = ['queue-reset-garbled'];

function violations(
  mutation: Mutation,
  programs: readonly ((bench: Bench) => void)[],
  slow = SLOW.includes(mutation),
): Set<string> {
  const found = new Set<string>();
  for (const program of programs) {
    for (const synchronous of [true, false]) {
      const bench = new Bench({ mutation, slow, synchronous });
      program(bench);
      for (const id of bench.violated()) found.add(id);
    }
  }
  return found;
}

describe('the ideal register file', () => {
  const programs = { ...PROGRAMS, ...HOSTILE };
  for (const [name, program] of Object.entries(programs)) {
    it(`is not accused by "${name}"`, () => {
      expect([...violations('none', [program])]).toEqual([]);
    });
    it(`is not accused by "${name}" if it takes its time`, () => {
      expect([...violations('none', [program], true)]).toEqual([]);
    });
  }
  for (const [name, program] of Object.entries(PROGRAMS)) {
    it(`has a driver without faults in "${name}"`, () => {
      const bench = new Bench();
      bench.probe();
      program(bench);
      expect(bench.report.driverFaults.filter((fault) => fault.clause !== undefined)).toEqual([]);
    });
  }
});

describe('a register file that breaks a rule', () => {
  for (const mutation of MUTATIONS) {
    it(`is caught: ${mutation}`, () => {
      const found = violations(mutation, Object.values({ ...PROGRAMS, ...HOSTILE }));
      expect([...found]).toEqual(expect.arrayContaining([...EXPECTED[mutation]]));
      const accepted = [...EXPECTED[mutation], ...(CONSEQUENCES[mutation] ?? [])] as string[];
      expect([...found].filter((id) => !accepted.includes(id))).toEqual([]);
    });
  }
});
