import type { RegressionCase } from '../case.ts';

export const viogpuFailure: RegressionCase = {
  id: 'viogpu-failure',
  title: 'viogpu takes a live device apart when the end of attaching fails',
  reports: 'code of viogpu.c 1.3',
  revisions: 'newest readable: viogpu.c 1.3',
  trigger: 'no memory for the command buffer, or for the frame buffer',
  symptom: {
    api: "queues freed without a reset; unmap of a variable's address",
    wire: 'queues taken away under DRIVER_OK',
  },
  property: 'a reset before queues are freed; P15',
  reasoning:
    'viogpu_attach_postintr() runs after child_attach_finish(). Its error path frees both queues while DRIVER_OK stands, and its deeper labels call bus_dmamem_unmap() with the address of the variable that holds the mapping (&sc->sc_cmd, &sc->sc_fb_dma_kva) instead of its value. Repair: virtio_reset() first, and pass the values.',
  clauses: ['netbsd.call-order', 'init.driver.device-cleanup.2', 'netbsd.operation-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viogpu-failure', switches: ['repair-viogpu-failure'] },
  status: 'open',
  scripts: [
    {
      name: 'no command buffer',
      scenario: {
        machine: {
          child: 'viogpu',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4 },
          shortages: { dmaAllocations: 2 },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.call-order', 'init.driver.device-cleanup.2'],
    },
    {
      name: 'no frame buffer',
      scenario: {
        machine: {
          child: 'viogpu',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4 },
          shortages: { dmaAllocations: 3 },
        },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.operation-survives'],
      panics: 'unmapping the variable',
    },
  ],
};
