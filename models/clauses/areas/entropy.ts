/** Entropy device (section 5.4): the clauses of VIRTIO 1.4 CS01 in our own words. One row a clause. */
export const ENTROPY = [
  { id: 'entropy.driver.device-operation.1', area: 'entropy', party: 'driver', level: 'MUST NOT', section: '5.4.6.1', testability: 'driver-observable', legacy: false, summary: 'The request queue holds only device-writable buffers.', how: 'requestq chains all have WRITE flag' },
  { id: 'entropy.driver.device-operation.2', area: 'entropy', party: 'driver', level: 'MUST', section: '5.4.6.1', testability: 'internal', legacy: false, summary: 'Random byte count is taken from the used length.', how: 'return short len with poisoned tail; tail unused' },
  { id: 'entropy.device.device-operation.1', area: 'entropy', party: 'device', level: 'MUST', section: '5.4.6.2', testability: 'device-observable', legacy: false, summary: 'Each buffer receives at least one random byte.', how: 'used len at least 1; bytes vary between requests' },
  { id: 'entropy.device.device-operation.2', area: 'entropy', party: 'device', level: 'MAY', section: '5.4.6.2', testability: 'device-observable', legacy: false, summary: 'Buffers may be only partly filled.', how: 'permission; accept any len from 1 to size' },
] as const;
