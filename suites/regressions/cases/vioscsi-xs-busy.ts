import type { RegressionCase } from '../case.ts';

export const vioscsiXsBusy: RegressionCase = {
  id: 'vioscsi-xs-busy',
  aliases: ['XS_BUSY'],
  title: 'A shortage of descriptors fails the transfer',
  reports: 'log of vioscsi.c 1.35: just use XS_BUSY to pace the scsipi layer',
  revisions: 'vioscsi.c up to 1.34; fixed by 1.35',
  trigger: 'more segments under way than the queue has descriptors',
  symptom: {
    api: 'XS_RESOURCE_SHORTAGE in place of XS_BUSY',
    wire: 'nothing',
  },
  property: 'P16: a transient shortage is retryable and leaves all slots free; P8',
  reasoning:
    'Six requests of 19 segments fit a queue of 128 without indirect descriptors; the seventh was reported as RESOURCE_SHORTAGE instead of BUSY. How the upper layer takes either was not established.',
  clauses: ['netbsd.shortage-retryable'],
  buggy: { name: 'vioscsi.c 1.34', revisions: { 'vioscsi.c': '1.34' } },
  fixed: { name: 'vioscsi.c 1.35', revisions: { 'vioscsi.c': '1.35' } },
  status: 'fixed',
  scripts: [
    {
      name: 'seven transfers of 64 KiB',
      scenario: {
        machine: {
          child: 'vioscsi',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
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
          { do: 'settle' },
          { do: 'transfer', write: true, length: 65536, misalign: 512 },
          { do: 'settle' },
        ],
      },
      breaks: ['netbsd.shortage-retryable'],
    },
  ],
};
