/** Defects of the used length. */
import type { Fault } from '../fault.ts';

export const usedLengthFaults = [
  {
    name: 'used-length-zero',
    party: 'device',
    area: 'used-length',
    clauses: ['untagged.split.3', 'entropy.device.device-operation.1'],
    seenIn: 'plausible: drivers of block devices ignore it, so nobody notices',
    summary: 'The used length is always 0.',
  },
  {
    name: 'used-length-whole-buffer',
    party: 'device',
    area: 'used-length',
    clauses: ['split.device.virtqueue-used-ring.2'],
    devices: ['console'],
    needs: ['host'],
    seenIn: 'historical devices of several types (2.7.8.1)',
    summary: 'The used length is that of the whole device-writable part, written or not.',
  },
  {
    name: 'used-length-includes-readable',
    party: 'device',
    area: 'used-length',
    clauses: ['split.device.virtqueue-used-ring.2', 'untagged.split.3'],
    devices: ['blk', 'console'],
    seenIn: 'historical consoles (5.3.6.3), and block devices that report the whole chain',
    summary: 'The used length counts device-readable bytes too.',
  },
  {
    name: 'used-length-one-more',
    party: 'device',
    area: 'used-length',
    clauses: ['split.device.virtqueue-used-ring.2', 'untagged.split.3'],
    seenIn: 'plausible: the status byte counted twice',
    summary: 'The used length is one too large.',
  },
  {
    name: 'used-length-one-less',
    party: 'device',
    area: 'used-length',
    clauses: ['untagged.split.3'],
    seenIn: 'plausible: the status byte of a block request not counted',
    summary: 'The used length is one too small.',
  },
  {
    name: 'used-length-of-previous',
    party: 'device',
    area: 'used-length',
    clauses: ['untagged.split.3'],
    seenIn: 'plausible: a variable set one statement too late',
    summary: 'The used length is that of the previous chain.',
  },
  {
    name: 'used-length-byte-swapped',
    party: 'device',
    area: 'used-length',
    clauses: ['untagged.split.3'],
    seenIn: 'plausible: converted twice',
    summary: 'The used length is stored with its bytes reversed.',
  },
] as const satisfies readonly Fault[];
