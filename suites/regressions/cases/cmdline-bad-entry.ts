import type { RegressionCase } from '../case.ts';

export const cmdlineBadEntry: RegressionCase = {
  id: 'cmdline-bad-entry',
  aliases: ['cmdline'],
  title: 'A malformed command-line entry attaches something',
  reports: 'code of virtio_mmio_cmdline.c 1.1',
  revisions: 'virtio_mmio_cmdline.c 1.1, the newest',
  trigger: '`virtio_mmio.device=4K`, `=0@...`',
  symptom: {
    api: 'a device with size, base or interrupt partly filled in attaches',
    wire: 'reads where no device is',
  },
  property: 'P17: a malformed entry attaches nothing',
  reasoning:
    'A parse error prints a message and goes on with the arguments that were filled in so far, and numbers may have a sign: strtoull() wraps negative ones. Repair: a parser that reads everything before anything is attached, and returns an error.',
  clauses: ['netbsd.cmdline-entries'],
  buggy: { name: 'virtio_mmio_cmdline.c 1.1' },
  fixed: {
    name: 'virtio_mmio_cmdline.c 1.1 with a parser that skips',
    switches: ['repair-cmdline', 'repair-cmdline-irq'],
  },
  status: 'open',
  scripts: [
    {
      name: 'a bad entry first',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine: 'virtio_mmio.device=4K virtio_mmio.device=4K@0xfeb00e00:12',
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.cmdline-entries'],
    },
    {
      name: 'a negative size',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine: 'virtio_mmio.device=-4096@0x100:33',
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.cmdline-entries'],
    },
  ],
};
