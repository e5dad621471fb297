import type { RegressionCase } from '../case.ts';

export const pr57358b: RegressionCase = {
  id: 'kern/57358-b',
  title: 'A descriptor too many in every chain (second form)',
  reports: 'PR kern/57358; virtio.c 1.76',
  revisions: 'virtio.c 1.73 to 1.75; fixed by 1.76',
  trigger: 'a request of one segment',
  symptom: {
    api: 'EAGAIN for every request of one segment',
    wire: 'nothing: no request arrives',
  },
  property: 'P8: free and in-flight descriptors add up',
  reasoning:
    'The log says only that an unnecessary descriptor was allocated. In this form a request of one segment asks for none more, which the walk takes for all there are: EAGAIN for ever.',
  clauses: ['netbsd.descriptor-accounting'],
  buggy: {
    name: 'virtio.c 1.75, none taken as all',
    revisions: { 'virtio.c': '1.75' },
    switches: ['none-taken-as-all'],
  },
  fixed: { name: 'virtio.c 1.76', revisions: { 'virtio.c': '1.76' } },
  status: 'fixed',
  scripts: [
    {
      name: 'one segment',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.descriptor-accounting'],
    },
  ],
};
