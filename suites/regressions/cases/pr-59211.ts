import type { RegressionCase } from '../case.ts';

export const pr59211: RegressionCase = {
  id: 'kern/59211',
  title: 'vio9p missing from kernels',
  reports: 'PR kern/59211; virtio.config 1.1',
  revisions: 'kernels before virtio.config 1.1',
  trigger: 'a 9P device',
  symptom: {
    api: 'no matching child driver',
    wire: 'the device stays at ACKNOWLEDGE and DRIVER',
  },
  property: 'every device type that has a driver has it configured',
  reasoning: 'Every port listed its virtio drivers by itself, and several forgot vio9p. The device stays at status 3.',
  clauses: ['netbsd.driver-configured'],
  buggy: { name: 'before virtio.config 1.1', revisions: { 'virtio.config': '1.0' } },
  fixed: { name: 'virtio.config 1.1', revisions: { 'virtio.config': '1.1' } },
  status: 'fixed',
  scripts: [
    {
      name: '9P device',
      scenario: {
        machine: { child: 'vio9p', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 16 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.driver-configured'],
    },
  ],
};
