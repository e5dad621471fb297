import type { RegressionCase } from '../case.ts';

export const h3: RegressionCase = {
  id: 'H3',
  title: 'A rescan after a failed attach panics',
  reports: 'code of virtio.c 1.82',
  revisions: 'newest readable: virtio.c 1.82',
  trigger: 'a child that failed or was detached, then drvctl -r',
  symptom: {
    api: 'an assertion in child_attach_start on rescan',
    wire: 'nothing',
  },
  property: 'P15: a rescan survives',
  reasoning:
    'FAILED and DETACHED keep childState, but rescan tests only that there is no child; the next driver trips the assertion in child_attach_start. Repair: rescan returns unless childState is NO_CHILD, or child_detach sets it back.',
  clauses: ['netbsd.rescan-survives', 'netbsd.call-order'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h3', switches: ['repair-h3'] },
  status: 'open',
  scripts: [
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { absentQueues: [0] } },
        actions: [{ do: 'attach' }, { do: 'rescan' }],
      },
      breaks: ['netbsd.rescan-survives'],
      panics: 'a child has been here before',
    },
  ],
};
