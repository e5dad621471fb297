import { LD_ATTACHES, type RegressionCase } from '../case.ts';

export const race178: RegressionCase = {
  id: 'race-1.78',
  aliases: ['1.78'],
  title: 'A slot reused while its last user still clears it',
  reports: 'log of virtio.c 1.78: change members of struct vring_desc_extra before free a slot',
  revisions: 'virtio.c 1.73 to 1.77; fixed by 1.78',
  trigger: 'one thread gives a slot back while another starts a request on the same queue',
  symptom: {
    api: 'base and index of a slot wiped under its new user: an assertion, or a store through null',
    wire: 'a descriptor that was never filled is exposed',
  },
  property: 'P9: the state of a slot is changed only by its owner',
  reasoning:
    'dequeue_commit freed the slot and cleared its state afterwards; in between another thread could take and fill in the same slot. Its next enqueue trips an assertion or follows a null pointer.',
  clauses: ['netbsd.slot-owner'],
  buggy: { name: 'virtio.c 1.77', revisions: { 'virtio.c': '1.77' } },
  fixed: { name: 'virtio.c 1.78', revisions: { 'virtio.c': '1.78' }, switches: LD_ATTACHES },
  status: 'fixed',
  race: true,
  scripts: [
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: { child: 'ld', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 8 } },
        actions: [
          { do: 'attach' },
          { do: 'settle' },
          { do: 'transfer', write: false, length: 512, misalign: 0 },
          { do: 'race', order: [0, 1, 1, 0, 1] },
        ],
      },
      breaks: ['netbsd.slot-owner', 'netbsd.operation-survives'],
      panics: 'no descriptors are reserved',
    },
    {
      name: 'without DIAGNOSTIC',
      scenario: {
        machine: { child: 'ld', transport: 'mmio-v2', host: 'le', diagnostic: false, device: { queueSize: 8 } },
        actions: [
          { do: 'attach' },
          { do: 'settle' },
          { do: 'transfer', write: false, length: 512, misalign: 0 },
          { do: 'race', order: [0, 1, 1, 0, 1] },
        ],
      },
      breaks: ['netbsd.slot-owner', 'netbsd.operation-survives'],
      panics: 'descriptor',
    },
  ],
};
