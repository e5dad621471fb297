/** Scenarios and actions in words, for findings and trace files. */
import type { Action, ChainShape, Request, Scenario } from '../generators/scenario.ts';

function list(bits: readonly number[]): string {
  return bits.join(', ');
}

export function describeRequest(request: Request): string {
  switch (request.kind) {
    case 'blk':
      return `block request type ${request.type}, sector ${request.sector}, ${request.sectors} sectors`;
    case 'blk-ranges': {
      const ranges = request.ranges.map(
        (range) => `[sector ${range.sector}, ${range.sectors} sectors, flags ${range.flags}]`,
      );
      return `block request type ${request.type} with ${ranges.join(' ')}`;
    }
    case 'entropy':
      return `${request.length} bytes of entropy`;
    case 'console-in':
      return `a receive buffer of ${request.length} bytes`;
    case 'console-out':
      return `${request.length} bytes to transmit`;
    case 'control-in':
      return `a control receive buffer of ${request.length} bytes`;
    case 'control-out':
      return `control message {id ${request.id}, event ${request.event}, value ${request.value}}`;
    case 'raw':
      return `${request.out} readable and ${request.in} writable bytes`;
  }
}

function describeShape(shape: ChainShape): string {
  const words: string[] = [];
  if (shape.cutOut.length > 0) words.push(`readable part cut at ${list(shape.cutOut)}`);
  if (shape.cutIn.length > 0) words.push(`writable part cut at ${list(shape.cutIn)}`);
  if (shape.indirect === 'all') words.push('in an indirect table');
  if (shape.indirect === 'tail') words.push('first descriptor direct, the rest in an indirect table');
  if (shape.tableWrite) words.push('WRITE set on the table descriptor');
  if (shape.skew > 0) words.push(`buffers ${shape.skew} bytes off alignment`);
  if (shape.order !== 'up') words.push(`descriptors taken ${shape.order}`);
  return words.length === 0 ? '' : ` (${words.join('; ')})`;
}

/** One action in a line. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'init': {
      const words = [`initialise up to ${action.until}, queues of ${action.size}`];
      if (action.decline.length > 0) words.push(`declining features ${list(action.decline)}`);
      if (action.extra.length > 0) words.push(`accepting features ${list(action.extra)} regardless of the offer`);
      if (action.align !== 4096) words.push(`QueueAlign ${action.align}`);
      if (action.pageSize !== 4096) words.push(`GuestPageSize ${action.pageSize}`);
      if (action.slip !== undefined) words.push(`with the slip "${action.slip}"`);
      if (action.edge !== undefined) {
        const { queue, part, missing } = action.edge;
        const beyond = missing === 0 ? '' : `, ${missing} bytes of it beyond`;
        words.push(`queue ${queue} with its ${part} part at the end of guest memory${beyond}`);
      }
      return words.join(', ');
    }
    case 'probe':
      return 'read identification, feature windows and queue registers';
    case 'submit': {
      const kick = { needed: 'kick if the device wants it', always: 'kick', never: 'no kick' }[action.kick];
      const broken = action.break === undefined ? '' : `, broken on purpose: ${action.break}`;
      return `queue ${action.queue}: submit ${describeRequest(action.request)}${describeShape(action.shape)}${broken}; ${kick}`;
    }
    case 'kick':
      return `kick queue ${action.queue}`;
    case 'reap':
      return `queue ${action.queue}: wait, collect used buffers, read InterruptStatus${action.ack ? ', acknowledge' : ''}`;
    case 'settle':
      return 'give the device time';
    case 'ack':
      return `read InterruptStatus, acknowledge bits ${action.mask}`;
    case 'suppress':
      return `queue ${action.queue}: avail.flags = ${action.flags}, used_event = next used index + ${action.eventAhead}`;
    case 'cycle':
      return `queue ${action.queue}: fill with ${describeRequest(action.request)} and collect, ${action.rounds} times`;
    case 'read-config':
      return `read ${action.size} bytes of configuration at ${action.offset}`;
    case 'read-config-all':
      return 'read the whole configuration between two reads of ConfigGeneration';
    case 'write-config':
      return `write ${action.value} (${action.size} bytes) to configuration at ${action.offset}, read it back`;
    case 'host':
      return `host: ${JSON.stringify(action.event)}`;
    case 'read':
      return `read ${action.size} bytes at register 0x${action.offset.toString(16).padStart(3, '0')}`;
    case 'write':
      return `write 0x${action.value.toString(16)} (${action.size} bytes) to register 0x${action.offset.toString(16).padStart(3, '0')}`;
    case 'status':
      return `set status bits 0x${action.set.toString(16)}`;
    case 'reset':
      return 'reset the device';
    case 'queue-reset':
      return `reset queue ${action.queue}${action.enable ? ` and re-enable it with size ${action.size}` : ''}`;
    case 'queue-stop':
      return `stop queue ${action.queue}`;
    case 'suspend':
      return 'suspend the device';
    case 'resume':
      return 'resume the device';
  }
}

export function describeScenario(scenario: Scenario): string[] {
  return scenario.actions.map(describeAction);
}
