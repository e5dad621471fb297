import type { RegressionCase } from '../case.ts';

export const cmdlineMap: RegressionCase = {
  id: 'cmdline-map',
  title: 'An entry that cannot be mapped ends the command line',
  reports: 'code of virtio_mmio_cmdline.c 1.1',
  revisions: 'virtio_mmio_cmdline.c 1.1, the newest',
  trigger: 'a window that is in use already, and a good entry behind it',
  symptom: {
    api: 'later entries are never looked at',
    wire: 'nothing: later devices stay untouched',
  },
  property: 'P17: an entry that attaches nothing does not stop later ones',
  reasoning:
    'virtio_mmio_cmdline_attach() returns where virtio_mmio_cmdline_do_attach() reports that bus_space_map() failed, before it asks its parent for the next instance: the entries behind it are never looked at. Repair: move the cursor on and call config_found() whatever became of the entry.',
  clauses: ['netbsd.cmdline-entries'],
  buggy: { name: 'virtio_mmio_cmdline.c 1.1' },
  fixed: {
    name: 'virtio_mmio_cmdline.c 1.1 that goes on',
    switches: ['repair-cmdline-map', 'repair-cmdline-irq'],
  },
  status: 'open',
  scripts: [
    {
      name: 'the second of three overlaps the first',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: {},
          commandLine:
            'virtio_mmio.device=4K@0xfeb00000:5 virtio_mmio.device=512@0xfeb00e00:6 virtio_mmio.device=512@0xfeb01000:7 quiet',
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.cmdline-entries'],
    },
  ],
};
