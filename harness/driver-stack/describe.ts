/** Scenarios for driver stacks in words, for findings. */
import type { Action } from '../../generators/driver/scenario.ts';
import type { MachineSpec } from '../../targets/driver-stack/machine.ts';
import type { Scenario } from './perform.ts';

/** The machine, then one line an action. */
export function describeScenario({ machine, actions }: Scenario): string[] {
  return [describeMachine(machine), ...actions.map(describeAction)];
}

function describeMachine({ child, transport, host, diagnostic, device, ...rest }: MachineSpec): string {
  const details = [
    ...(diagnostic ? ['DIAGNOSTIC kernel'] : []),
    ...Object.entries({ ...device, ...rest }).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
  ];
  return `machine: ${child} on ${transport}, CPU ${host}${details.length === 0 ? '' : `; ${details.join(', ')}`}`;
}

function describeAction(action: Action): string {
  switch (action.do) {
    case 'attach':
      return 'the bus attaches the device';
    case 'detach':
      return 'the bus is detached';
    case 'rescan':
      return 'the bus looks for drivers again';
    case 'shutdown':
      return 'the system goes down';
    case 'settle':
      return 'device and driver finish what they can';
    case 'output':
      return `${action.length} bytes for the device`;
    case 'input':
      return `${action.length} bytes are asked of the device`;
    case 'host-input':
      return `${action.length} bytes arrive from the host's side`;
    case 'config-change':
      return "the host changes the device's configuration";
    case 'transfer':
      return `${action.write ? 'write' : 'read'} ${action.length} bytes, ${action.misalign} bytes into a page${action.poll === true ? ', polling' : ''}`;
    case 'flush':
      return "the disk's cache is flushed";
    case 'dump':
      return `a panicking kernel dumps ${action.length} bytes`;
    case 'close':
      return 'the device node is closed';
    case 'balloon':
      return `${action.pages} pages for the balloon`;
    case 'flow':
      return action.stopped ? 'input is stopped' : 'input flows again';
    case 'up':
      return 'the interface is brought up';
    case 'open':
      return `unit ${action.unit} is opened`;
    case 'race':
      return `two threads use a queue, in the order ${action.order.join('')}`;
    default:
      return action satisfies never;
  }
}
