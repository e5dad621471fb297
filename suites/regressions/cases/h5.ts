import type { RegressionCase } from '../case.ts';

export const h5: RegressionCase = {
  id: 'H5',
  title: 'vioif follows a null pointer when negotiation fails',
  reports: 'code of if_vioif.c of netbsd-10',
  revisions: 'newest readable: if_vioif.c of netbsd-10',
  trigger: 'a network device that refuses FEATURES_OK',
  symptom: {
    api: 'vioif walks arrays that are null',
    wire: 'FAILED, and no more',
  },
  property: 'P15: attaching survives',
  reasoning:
    'With features 0 vioif jumps to its error label before its queue arrays exist, and walks them. Repair: test the pointer there.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h5', switches: ['repair-h5'] },
  status: 'open',
  scripts: [
    {
      name: 'refused',
      scenario: {
        machine: {
          child: 'vioif',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: false,
          device: { refuseFeatures: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'queues of vioif is null',
    },
  ],
};
