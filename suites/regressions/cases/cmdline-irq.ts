import type { RegressionCase } from '../case.ts';

export const cmdlineIrq: RegressionCase = {
  id: 'cmdline-irq',
  title: 'The boot message names interrupt -1',
  reports: 'code of virtio_mmio_cmdline.c 1.1',
  revisions: 'virtio_mmio_cmdline.c 1.1, the newest',
  trigger: 'an interrupt that is a pin of an I/O APIC',
  symptom: {
    api: 'the boot message says: interrupting on -1',
    wire: 'nothing',
  },
  property: 'the boot message names the interrupt of the device',
  reasoning:
    'virtio_mmio_cmdline_alloc_interrupts() sets irq to -1 for intr_establish_xname() where it found an I/O APIC, and prints the same variable afterwards. Nothing goes wrong but the message, which is what people look at when nothing arrives. Repair: print the pin.',
  clauses: ['netbsd.interrupt-announced'],
  buggy: { name: 'virtio_mmio_cmdline.c 1.1' },
  fixed: { name: 'virtio_mmio_cmdline.c 1.1 that prints the pin', switches: ['repair-cmdline-irq'] },
  status: 'open',
  scripts: [
    {
      name: 'a pin of the I/O APIC',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine: 'virtio_mmio.device=4K@0xfeb00e00:12 quiet',
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.interrupt-announced'],
    },
  ],
};
