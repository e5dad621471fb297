import type { RegressionCase } from '../case.ts';

export const mmio113Negotiation: RegressionCase = {
  id: 'mmio-1.13-negotiation',
  aliases: ['negotiation'],
  title: 'Features of the upper word are never negotiated on MMIO',
  reports: 'log of virtio_mmio.c 1.13: perform VirtIO 1.0 feature negotiation',
  revisions: 'virtio_mmio.c up to 1.12; fixed by 1.13',
  trigger: 'a version 2 device without legacy support',
  symptom: {
    api: 'features above bit 31 never show',
    wire: 'DeviceFeaturesSel 1 is never selected, FEATURES_OK never set',
  },
  property: 'P5: FEATURES_OK before any queue; P6: features among those offered',
  reasoning:
    'Only word 0 was read and written, and FEATURES_OK never set, so a device that insists on VERSION_1 was driven without an agreement. The body of 1.12 was not readable; that it lacked this follows from the log.',
  clauses: ['netbsd.features-ok-before-queues'],
  buggy: { name: 'virtio_mmio.c 1.12', revisions: { 'virtio_mmio.c': '1.12' } },
  fixed: { name: 'virtio_mmio.c 1.13', revisions: { 'virtio_mmio.c': '1.13' } },
  status: 'fixed',
  scripts: [
    {
      name: 'MMIO v2',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.features-ok-before-queues'],
    },
  ],
};
