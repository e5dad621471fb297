/** Scenarios for the reference driver in words, for findings. */
import type {
  ReferenceAction,
  ReferenceMachine,
  ReferenceScenario,
} from '../../generators/reference-driver/scenario.ts';

/** The machine, then one line an action. */
export function describeReference({ machine, actions }: ReferenceScenario): string[] {
  return [describeMachine(machine), ...actions.map(describeAction)];
}

function describeMachine({ frontEnd, transport, host, driver, device, configPadding }: ReferenceMachine): string {
  const details = Object.entries({
    ...device,
    ...(configPadding === undefined ? {} : { configPadding }),
    ...(driver.requires.length === 0 ? {} : { 'driver requires': driver.requires }),
    ...(driver.flushes ? {} : { 'driver flushes': false }),
    ...(driver.queueSize === undefined ? {} : { 'driver queueSize': driver.queueSize }),
  }).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `machine: reference-${frontEnd} on ${transport}, byte orders ${host}; ${details.join(', ')}`;
}

function describeAction(action: ReferenceAction): string {
  switch (action.do) {
    case 'initialise':
      return `the driver initialises the device${action.decline.length === 0 ? '' : `, without features ${action.decline.join(', ')}`}`;
    case 'settle':
      return 'device and driver finish what they can';
    case 'shut-down':
      return 'the driver resets the device and stops';
    case 'suspend':
    case 'resume':
      return `the driver ${action.do}s the device`;
    case 'poll':
      return 'the driver looks at the used rings';
    case 'reset-queue':
      return `the driver resets queue ${action.queue} and sets it up again with ${action.size} entries`;
    case 'stop-queue':
      return `the driver stops queue ${action.queue}`;
    case 'notify':
      return `the driver notifies queue ${action.queue} once more`;
    case 'interrupts':
      return `the driver wants ${action.wanted ? '' : 'no '}notifications`;
    case 'transfer':
      return `the driver ${action.write ? 'writes' : 'reads'} ${counted(action.sectors, 'sector')} from ${action.sector} on, in ${counted(action.pieces, 'piece')}`;
    case 'flush':
      return 'the driver requests a flush';
    case 'identify':
      return "the driver requests the device's id";
    case 'lifetime':
      return "the driver requests the device's lifetime";
    case 'clear':
      return `the driver requests ${action.kind} of ${counted(action.ranges, 'range')} of ${counted(action.sectors, 'sector')} from ${action.sector} on`;
    case 'cache-mode':
      return `the driver sets the cache to ${action.writeback ? 'writeback' : 'writethrough'}`;
    case 'output':
      return `${counted(action.length, 'byte')} for port ${action.port}, in ${counted(action.pieces, 'piece')}`;
    case 'open':
      return `the driver ${action.open ? 'opens' : 'closes'} port ${action.port}`;
    case 'random':
      return `the driver asks for ${counted(action.length, 'random byte')}, in ${counted(action.pieces, 'piece')}`;
    case 'host-input':
      return `${action.length} bytes arrive at port ${action.port} from the host's side`;
    case 'host-port':
      return `host: ${action.change} port ${action.port}`;
    case 'resize-disk':
      return `host: the disk gets ${action.sectors} sectors${action.while === 'now' ? '' : ' while its capacity is read'}`;
    case 'resize-console':
      return `host: the console gets ${action.cols} columns and ${action.rows} rows`;
    case 'break-device':
      return 'host: the device breaks';
    case 'spurious-interrupt':
      return 'the device interrupts without reason';
    case 'device-says':
      return `the device says of queue ${action.queue}: flags ${action.silent ? 1 : 0}, avail_event ${action.event} entries ahead`;
    default:
      return action satisfies never;
  }
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
