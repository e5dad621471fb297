import type { RegressionCase } from '../case.ts';

export const vioconDrain: RegressionCase = {
  id: 'viocon-drain',
  title: 'viocon takes finished output back without synchronising the used ring',
  reports: 'code of viocon.c 1.10',
  revisions: 'newest readable: viocon.c 1.10',
  trigger: 'two writes',
  symptom: {
    api: 'dequeue without a sync of the used ring',
    wire: 'nothing; without coherent memory output stalls',
  },
  property: 'P10: what the device has stored is synchronised before it is read',
  reasoning:
    'vioconstart() calls viocon_tx_drain(), which calls virtio_dequeue() without virtio_vq_is_enqueued() having synchronised the used ring; only the call from the interrupt has done so. The same holds for input: vioconhwiflow() schedules viocon_rx_soft() when input flows again, and no interrupt has looked before. Repair: ask virtio_vq_is_enqueued() first.',
  clauses: ['netbsd.dma-sync'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viocon-drain', switches: ['repair-viocon-drain'] },
  status: 'open',
  scripts: [
    {
      name: 'two writes',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'output', length: 1 }, { do: 'output', length: 1 }],
      },
      breaks: ['netbsd.dma-sync'],
    },
  ],
};
