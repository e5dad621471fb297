import type { RegressionCase } from '../case.ts';

export const cmdlineEmptyEntry: RegressionCase = {
  id: 'cmdline-empty-entry',
  title: 'An empty command-line entry becomes a device of nothing',
  reports: 'code of virtio_mmio_cmdline.c 1.1',
  revisions: 'virtio_mmio_cmdline.c 1.1, the newest',
  trigger: '`virtio_mmio.device= ` before a space',
  symptom: {
    api: 'a device of size, base and interrupt 0 attaches',
    wire: 'reads at address 0',
  },
  property: 'P17: later entries are attached, and nothing else',
  reasoning:
    'An empty value before a space is a device with size, base and interrupt zero; at the end of the line it stops everything.',
  clauses: ['netbsd.cmdline-entries'],
  buggy: { name: 'virtio_mmio_cmdline.c 1.1' },
  fixed: {
    name: 'virtio_mmio_cmdline.c 1.1 with a parser that skips',
    switches: ['repair-cmdline', 'repair-cmdline-irq'],
  },
  status: 'open',
  scripts: [
    {
      name: 'empty, then a good one',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine: 'virtio_mmio.device= virtio_mmio.device=4K@0xfeb00e00:12',
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.cmdline-entries'],
    },
  ],
};
