import type { RegressionCase } from '../case.ts';

export const h8: RegressionCase = {
  id: 'H8',
  title: 'Every detach panics on mipssim',
  reports: 'code of virtio_mainbus.c 1.2 (evbmips/mipssim)',
  revisions: 'newest readable: virtio_mainbus.c 1.2 (evbmips/mipssim)',
  trigger: 'attach failure or detach on evbmips/mipssim',
  symptom: {
    api: 'panic: not implemented, in free_interrupts',
    wire: 'a reset, and no more',
  },
  property: 'P15: a bus detach never panics',
  reasoning: "That port's free_interrupts panics with the words not implemented. Repair: disestablish, or do nothing.",
  clauses: ['netbsd.detach-survives', 'netbsd.attach-survives'],
  buggy: { name: 'HEAD', switches: ['mipssim'] },
  fixed: { name: 'HEAD with repair-h8', switches: ['mipssim', 'repair-h8'] },
  status: 'open',
  scripts: [
    {
      name: 'detach',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v2', host: 'le', diagnostic: false, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'detach' }],
      },
      breaks: ['netbsd.detach-survives'],
      panics: 'not implemented',
    },
  ],
};
