/** Families about configuration fields that the driver writes: the cache mode of disks, emergency output of consoles. */
import { drawInit, PLAIN_INIT, roundTrip } from '../parts.ts';
import type { Action } from '../scenario.ts';
import type { Family } from './family.ts';

const DRIVER_FEATURES = 0x20;
const DRIVER_FEATURES_SEL = 0x24;
const CONFIG_WCE = 11;
const FLUSH = 9;
const WRITEBACK: Action = { do: 'read-config', offset: 32, size: 1 };

export const legacyCacheMode: Family = {
  name: 'legacy-cache-mode',
  about: 'block, legacy: neither the status nor the choice of features moves the cache mode',
  hostile: false,
  weight: 2,
  // Features are written raw here, which fits registers in the byte order of the host alone.
  applies: (where) => where.legacy && where.device === 'blk' && !/^(be|armeb|aarch64eb)/.test(where.variant),
  draw: (r) => [
    { do: 'probe' },
    { ...PLAIN_INIT, until: 'driver' },
    r.chance(50) ? { do: 'write-config', offset: 32, size: 1, value: r.int(0, 1) } : WRITEBACK,
    ...(r.chance(60)
      ? ([
          { do: 'write', offset: DRIVER_FEATURES_SEL, size: 4, value: 0 },
          { do: 'write', offset: DRIVER_FEATURES, size: 4, value: 2 ** CONFIG_WCE + (r.chance(50) ? 2 ** FLUSH : 0) },
          WRITEBACK,
        ] as const)
      : []),
    { do: 'status', set: 4 },
    WRITEBACK,
    { do: 'reset' },
  ],
};

export const cacheMode: Family = {
  name: 'cache-mode',
  about: 'block: the cache mode as chosen before a reset, and as it starts for a driver without FLUSH afterwards',
  hostile: false,
  weight: 1,
  applies: (where) => where.device === 'blk' && !where.legacy,
  draw: (r, where) => [
    { ...PLAIN_INIT, decline: r.chance(50) ? [FLUSH] : [] },
    WRITEBACK,
    ...r.times(1, 3, (): Action => ({ do: 'write-config', offset: 32, size: 1, value: r.int(0, 1) })),
    ...(r.chance(50) ? [{ do: 'reset' } as const] : []),
    { ...PLAIN_INIT, decline: [FLUSH] },
    WRITEBACK,
    ...roundTrip(where),
  ],
};

export const emergencyWrites: Family = {
  name: 'emergency-writes',
  about: 'console: characters written to emerg_wr at any stage come out, and nothing else happens',
  hostile: false,
  weight: 2,
  applies: (where) => where.device === 'console',
  draw: (r, where) => [
    drawInit(r, where, r.pick(['driver', 'features', 'queues', 'live', 'live'] as const)),
    { do: 'probe' },
    ...r
      .times(1, 3, (): Action[] => [
        { do: 'write-config', offset: 8, size: 4, value: r.int(32, 126) },
        { do: 'settle' },
        { do: 'host', event: { action: 'console-output', port: 0, bytes: [] } },
        { do: 'read', offset: 0x70, size: 4 },
      ])
      .flat(),
    ...roundTrip(where),
  ],
};
