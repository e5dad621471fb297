import type { RegressionCase } from '../case.ts';

export const anyLayout: RegressionCase = {
  id: 'any-layout',
  title: 'No driver asks for ANY_LAYOUT on a legacy device',
  reports: 'code of the drivers',
  revisions: 'every revision',
  trigger: 'any legacy device that offers it',
  symptom: {
    api: 'nothing',
    wire: 'ANY_LAYOUT is not among the accepted features',
  },
  property: 'a transitional driver accepts ANY_LAYOUT where it is offered (6.3.1)',
  reasoning:
    'Without ANY_LAYOUT a device may count on the legacy framing (2.7.4.3), which these drivers use in fact; nothing is broken by that, and the rule is. Repair: ask for it in negotiate_features().',
  clauses: ['reserved.driver.legacy-reserved-feature-bits.1'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-any-layout', switches: ['repair-any-layout'] },
  status: 'open',
  virtio: true,
  scripts: [
    {
      name: 'any legacy device',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v1', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }],
      },
      breaks: ['reserved.driver.legacy-reserved-feature-bits.1'],
    },
  ],
};
