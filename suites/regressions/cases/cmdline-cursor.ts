import type { RegressionCase } from '../case.ts';

const LINE_MAX = 2048;
const ENTRY = 'virtio_mmio.device=4K@0xfeb00e00:12';

export const cmdlineCursor: RegressionCase = {
  id: 'cmdline-cursor',
  title: 'The command line is read on behind its last entry',
  reports: 'code of virtio_mmio_cmdline.c 1.1',
  revisions: 'virtio_mmio_cmdline.c 1.1, the newest',
  trigger: 'a rescan of the bus; or a last entry that ends the command line, which then has its greatest length',
  symptom: {
    api: 'a device attaches from what stands behind the last entry',
    wire: 'reads where no device is',
  },
  property: 'P17: each entry is attached once, and nothing else',
  reasoning:
    'The cursor is static and stays where the last entry begins: an instance that is asked for later (drvctl -r) steps over as many bytes as the keyword has and takes what stands there for an entry. Where the last entry ends the command line the cursor is put on the terminating byte, which is not a null pointer, so an instance too many looks behind it; with a command line of LINE_MAX bytes that is behind the buffer. Repair: set the cursor to the end for good, and do not ask for another instance, where nothing follows.',
  clauses: ['netbsd.cmdline-entries', 'netbsd.operation-survives'],
  buggy: { name: 'virtio_mmio_cmdline.c 1.1' },
  fixed: {
    name: 'virtio_mmio_cmdline.c 1.1 that stops',
    switches: ['repair-cmdline-cursor', 'repair-cmdline-irq'],
  },
  status: 'open',
  scripts: [
    {
      name: 'a rescan',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine: `${ENTRY} root=ld0a`,
        },
        actions: [{ do: 'attach' }, { do: 'rescan' }],
      },
      breaks: ['netbsd.cmdline-entries'],
    },
    {
      name: 'a command line as long as the buffer',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine: `${'x'.repeat(LINE_MAX - 2 - ENTRY.length)} ${ENTRY}`,
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.operation-survives'],
      panics: 'behind its buffer',
    },
  ],
};
