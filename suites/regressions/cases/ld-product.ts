import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldProduct: RegressionCase = {
  id: 'ld-product',
  title: 'SEG_MAX times SIZE_MAX wraps to 0',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'SEG_MAX and SIZE_MAX of 65536 each',
  symptom: {
    api: 'a largest transfer of 0 bytes: requests are refused',
    wire: 'nothing: no request arrives',
  },
  property: 'a request on an idle queue is accepted',
  reasoning:
    'The product is computed in 32 bits; the largest transfer becomes 0 and nothing can be read or written. Repair: compute in 64 bits.',
  clauses: ['netbsd.requests-accepted'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-product'),
  status: 'open',
  scripts: [
    {
      name: '65536 times 65536',
      scenario: {
        machine: ldOn({ queueSize: 128, segMax: 65536, sizeMax: 65536, withhold: [28] }),
        actions: [
          { do: 'attach' },
          { do: 'settle' },
          { do: 'transfer', write: false, length: 512, misalign: 0 },
          { do: 'settle' },
        ],
      },
      breaks: ['netbsd.requests-accepted'],
    },
  ],
};
