import type { RegressionCase } from '../case.ts';

export const vioconLength: RegressionCase = {
  id: 'viocon-length',
  title: 'viocon reads as many bytes as the device says',
  reports: 'code of viocon.c 1.10',
  revisions: 'newest readable: viocon.c 1.10',
  trigger: 'a device that overstates the length of its input',
  symptom: {
    api: 'reads behind a buffer of 128 bytes',
    wire: 'a used length of more than the buffer',
  },
  property: 'no more is read than the buffer holds',
  reasoning:
    'viocon_rx_soft() hands len bytes of a buffer of 128 to the line discipline; len is what the device says, an int. Input of one process shows up as that of another, kernel memory behind the buffers as input, and a page fault ends it. viornd checks, viocon does not. Repair: MIN(len, BUFSIZE).',
  clauses: ['netbsd.used-length-bounded', 'netbsd.operation-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viocon-length', switches: ['repair-viocon-length'] },
  status: 'open',
  scripts: [
    {
      name: 'one byte too many',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, faults: ['used-length-one-more'] },
        },
        actions: [{ do: 'attach' }, { do: 'host-input', length: 128 }, { do: 'settle' }],
      },
      breaks: ['netbsd.used-length-bounded', 'netbsd.dma-sync'],
    },
    {
      name: 'far too many',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, faults: ['used-length-byte-swapped'] },
        },
        actions: [{ do: 'attach' }, { do: 'host-input', length: 20 }, { do: 'settle' }],
      },
      breaks: ['netbsd.used-length-bounded', 'netbsd.operation-survives'],
      panics: 'reading on behind',
    },
  ],
};
