import { LD_ATTACHES, type RegressionCase } from '../case.ts';

export const restoreQsize: RegressionCase = {
  id: 'restore-qsize',
  title: 'Requests counted from a size that is not known',
  reports: 'log message "restore fetch of qsize" (ticket 139)',
  revisions: 'ld_virtio.c 1.31; fixed by 1.32',
  trigger: 'any transfer',
  symptom: {
    api: 'as many requests as a size says that was not read yet: none',
    wire: 'nothing: no request arrives',
  },
  property: 'requests fill the queue',
  reasoning: 'Which driver it was and how it showed is not known; here ld has no requests at all.',
  clauses: ['netbsd.requests-accepted'],
  buggy: { name: 'ld_virtio.c 1.31', revisions: { 'ld_virtio.c': '1.31' } },
  fixed: { name: 'ld_virtio.c 1.43', switches: LD_ATTACHES },
  status: 'fixed',
  scripts: [
    {
      name: 'one transfer',
      scenario: {
        machine: { child: 'ld', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 128 } },
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
