import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldSizeMax: RegressionCase = {
  id: 'ld-size-max',
  title: 'ld raises SIZE_MAX above what the device takes',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'SEG_MAX times SIZE_MAX below MAXPHYS',
  symptom: {
    api: 'a map with segments of more than SIZE_MAX',
    wire: 'segments longer than SIZE_MAX',
  },
  property: 'P11: segments of at most SIZE_MAX bytes',
  reasoning:
    'A limit that is too small for a transfer of MAXPHYS is raised, with a message, and then exceeded. Repair: keep it, and lower the largest transfer.',
  clauses: ['netbsd.segment-limits'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-size-max'),
  status: 'open',
  scripts: [
    {
      name: 'SEG_MAX 4, SIZE_MAX 4096',
      scenario: {
        machine: ldOn({ queueSize: 128, segMax: 4, sizeMax: 4096 }),
        actions: [
          { do: 'attach' },
          { do: 'settle' },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'settle' },
        ],
      },
      breaks: ['netbsd.segment-limits'],
    },
  ],
};
