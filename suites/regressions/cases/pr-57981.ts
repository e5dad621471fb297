import type { RegressionCase } from '../case.ts';

export const pr57981: RegressionCase = {
  id: 'kern/57981',
  title: 'SEG_MAX of 1 replaced by 16',
  reports: 'PR kern/57981; ld_virtio.c 1.34',
  revisions: 'ld_virtio.c up to 1.33; fixed by 1.34',
  trigger: 'a device with SEG_MAX 1',
  symptom: {
    api: 'maps of 16 segments for a device that takes 1',
    wire: 'more data segments than SEG_MAX',
  },
  property: 'P11: at most SEG_MAX data segments',
  reasoning:
    "The number of non-data segments served as a lower bound on SEG_MAX as well, so 1 counted as too small. The report's own symptom was not readable.",
  clauses: ['netbsd.segment-limits'],
  buggy: { name: 'ld_virtio.c 1.33', revisions: { 'ld_virtio.c': '1.33' } },
  fixed: { name: 'ld_virtio.c 1.34', revisions: { 'ld_virtio.c': '1.34' } },
  status: 'fixed',
  scripts: [
    {
      name: '64 KiB, unaligned',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 128, segMax: 1 },
        },
        actions: [{ do: 'attach' }, { do: 'transfer', write: true, length: 65536, misalign: 512 }, { do: 'settle' }],
      },
      breaks: ['netbsd.segment-limits'],
    },
  ],
};
