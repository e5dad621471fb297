import type { RegressionCase } from '../case.ts';

export const pr58338: RegressionCase = {
  id: 'kern/58338',
  title: 'Limits of a block device ignored',
  reports: 'PR kern/58338; ld_virtio.c 1.35',
  revisions: 'ld_virtio.c up to 1.34; fixed by 1.35',
  trigger: 'SEG_MAX below 18, or SIZE_MAX below MAXPHYS',
  symptom: {
    api: 'maps of 18 segments as long as the whole transfer',
    wire: 'segments longer than SIZE_MAX, or more than SEG_MAX',
  },
  property: 'P11: at most SEG_MAX segments of at most SIZE_MAX bytes',
  reasoning:
    'The map of the data had two segments too many, took no notice of SEG_MAX, and segments as long as a whole transfer.',
  clauses: ['netbsd.segment-limits'],
  buggy: { name: 'ld_virtio.c 1.34', revisions: { 'ld_virtio.c': '1.34' } },
  fixed: { name: 'ld_virtio.c 1.35', revisions: { 'ld_virtio.c': '1.35' } },
  status: 'fixed',
  scripts: [
    {
      name: 'SEG_MAX 4',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 128, segMax: 4, sizeMax: 65536 },
        },
        actions: [{ do: 'attach' }, { do: 'transfer', write: true, length: 65536, misalign: 512 }, { do: 'settle' }],
      },
      breaks: ['netbsd.segment-limits'],
    },
    {
      name: 'SIZE_MAX 1024',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 128, segMax: 126, sizeMax: 1024 },
        },
        actions: [{ do: 'attach' }, { do: 'transfer', write: true, length: 65536, misalign: 512 }, { do: 'settle' }],
      },
      breaks: ['netbsd.segment-limits'],
    },
  ],
};
