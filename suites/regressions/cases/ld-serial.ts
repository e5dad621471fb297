import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldSerial: RegressionCase = {
  id: 'ld-serial',
  title: 'ld keeps 8 bytes of the identification',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'any disk whose identification is longer than a pointer',
  symptom: {
    api: 'the disk is known by 8 bytes',
    wire: 'nothing',
  },
  property: 'the name of a disk is all of its identification',
  reasoning:
    'The string is copied with kmem_strndup(id_data, sizeof(id_data)); id_data is a pointer, so 8 bytes of 20 are kept (4 on 32-bit machines), and disks whose identifications begin alike go by the same name. Repair: id_len.',
  clauses: ['netbsd.identity-whole'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-serial'),
  status: 'open',
  scripts: [
    {
      name: 'any attach',
      scenario: {
        machine: ldOn({ queueSize: 4 }),
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.identity-whole'],
    },
  ],
};
