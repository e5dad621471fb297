import type { RegressionCase } from '../case.ts';

export const vioscsiDoubleFree: RegressionCase = {
  id: 'vioscsi-double-free',
  title: 'A slot freed twice after a failed reservation',
  reports: 'code of vioscsi.c 1.8; no report',
  revisions: 'vioscsi.c up to 1.8; fixed before 1.29',
  trigger: 'more segments under way than the queue has descriptors',
  symptom: {
    api: 'a slot is freed twice; free plus in flight exceeds the queue',
    wire: 'a descriptor may be in two chains',
  },
  property: 'P8: no slot is freed twice',
  reasoning:
    'enqueue_reserve has given the slot back when it fails; 1.8 went on to give it back again. When that was repaired is not known, 1.29 does not do it; 1.9 stands for it here.',
  clauses: ['netbsd.descriptor-accounting'],
  buggy: { name: 'vioscsi.c 1.8', revisions: { 'vioscsi.c': '1.8' } },
  fixed: { name: 'vioscsi.c 1.35' },
  status: 'fixed',
  scripts: [
    {
      name: 'seven transfers of 64 KiB',
      scenario: {
        machine: {
          child: 'vioscsi',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: false,
          device: { queueSize: 128, withhold: [28], completion: 'fifo' },
        },
        actions: [
          { do: 'attach' },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
        ],
      },
      breaks: ['netbsd.descriptor-accounting', 'netbsd.shortage-retryable'],
    },
  ],
};
