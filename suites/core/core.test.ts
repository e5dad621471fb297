/** The core of virtio(4) without its children: what no child asks of it is judged by the same models. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configChangeScenarios, coreScenarios } from '../../generators/driver/core.ts';
import { NETWORK_SCENARIOS } from './network.ts';
import { recordCore, WrongConfigChange } from './record.ts';
import { judge } from '../../harness/driver-stack/perform.ts';
import { DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';

const SCENARIOS = 150;
const EVENT_IDX = 29;
const drawn = (seed: number) => fc.sample(coreScenarios(DRIVER_TRANSPORTS, HOST_NAMES), { seed, numRuns: SCENARIOS });

/** What breaks in any of them, with a seeded defect or without. */
function broken(scenarios: ReturnType<typeof drawn>, ...faults: string[]): ReadonlySet<string> {
  const profile = { name: 'mended', switches: [...MENDED, ...faults] };
  return new Set(scenarios.flatMap((scenario) => judge(recordCore(scenario, profile)).violated));
}

/**
 * virtio.c counts from one before the index that it published last (1.82: `o = avail.idx - 1`), so it notifies once more
 * than the event index asks for. No child of the newest code negotiates EVENT_IDX, so no run of one shows it.
 */
const NEEDLESS = 'split.driver.available-buffer-notification-suppression.7';

describe('the core', () => {
  it('breaks nothing but the rule on needless notifications where all hazards are repaired', () => {
    for (const seed of [1, 2, 3]) expect([...broken(drawn(seed))].filter((id) => id !== NEEDLESS)).toEqual([]);
  });

  it('notifies needlessly with event indexes, and only with them', () => {
    const all = [1, 3, 4].flatMap(drawn);
    const [withIndexes, without] = [true, false].map((wanted) =>
      all.filter(({ driver, machine: { device } }) => {
        const negotiated =
          driver.want.some((bit) => bit === EVENT_IDX) && device.withhold?.includes(EVENT_IDX) !== true;
        return negotiated === wanted;
      }),
    );
    expect(broken(withIndexes)).toContain(NEEDLESS);
    expect(broken(without)).not.toContain(NEEDLESS);
  });

  it('is told of buffers that come after it has looked for some by itself', () => {
    const queue = 1;
    const submit = { do: 'submit', queue, lengths: [1], notify: true } as const;
    const device = { queueSize: 1, completion: 'immediate' } as const;
    const machine = {
      child: 'viocon',
      transport: 'pci-1.0',
      host: 'le',
      diagnostic: false,
      unconfigured: true,
    } as const;
    const driver = { want: [EVENT_IDX], noIndirect: true, softint: true, maxNSegs: [1, 1] };
    const actions = [submit, { do: 'poll', queue }, { do: 'settle' }, submit] as const;
    expect([...broken([{ machine: { ...machine, device }, driver, actions: [...actions] }])]).toEqual([]);
  });

  it('has late interrupts, and devices that ask for silence, among what is drawn', () => {
    const all = [1, 2].flatMap(drawn).map(({ machine }) => machine);
    expect(all.some(({ shortages }) => shortages?.lateInterrupt === true)).toBe(true);
    expect(all.some(({ device }) => device.faults?.includes('kicks-declined-without-polling') === true)).toBe(true);
  });

  describe('on a console whose configuration changes', () => {
    const changing = fc.sample(configChangeScenarios(DRIVER_TRANSPORTS, HOST_NAMES), { seed: 1, numRuns: SCENARIOS });

    it('is told, of nothing else, and breaks nothing', () => {
      expect([...broken(changing)].filter((id) => id !== NEEDLESS)).toEqual([]);
    });

    it('objects where nobody is told', () => {
      const silent = changing.map(({ machine, ...rest }) => ({
        ...rest,
        machine: { ...machine, device: { ...machine.device, faults: ['config-change-silent'] } },
      }));
      expect(() => broken(silent)).toThrow(WrongConfigChange);
    });
  });

  describe('on a network device', () => {
    /** The room of the core's requests is no room for the longest frame. */
    const TOO_SMALL = 'net.driver.setting-up-receive-buffers.2';

    it.each(NETWORK_SCENARIOS.map(({ name, scenario }) => [name, scenario] as const))('%s', (_name, scenario) => {
      const { violated, device, machine } = judge(recordCore(scenario, { name: 'mended', switches: MENDED }));
      expect(violated.filter((id) => id !== TOO_SMALL)).toEqual([]);
      expect([device, machine.stack.panicked]).toEqual([[], null]);
    });
  });

  const scenarios = drawn(5);
  it.each([
    ['kick-lost', 'split.driver.available-buffer-notification-suppression'],
    ['kick-although-suppressed', 'split.driver.available-buffer-notification-suppression.3'],
    ['descriptor-too-many', 'netbsd.descriptor-accounting'],
    ['failed-reserve-keeps-head', 'netbsd.descriptor-accounting'],
    ['free-chain-one-short', 'netbsd.descriptor-accounting'],
    ['only-tail-freed', 'netbsd.descriptor-accounting'],
    ['avail-ring-not-synced', 'netbsd.dma-sync'],
    ['used-ring-not-synced', 'netbsd.dma-sync'],
    ['indirect-nested', 'split.driver.'],
    ['queues-stay-registered', 'netbsd.teardown'],
  ])('shows %s', (fault, clause) => {
    expect([...broken(scenarios, fault)].filter((id) => id.startsWith(clause) && id !== NEEDLESS)).not.toEqual([]);
  });
});
