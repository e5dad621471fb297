/** The seeded defects of the reference driver (emulator/reference-driver): each breaks a rule that NetBSD's drivers never come near. */
import { blockReferenceFaults } from './block.ts';
import { configReferenceFaults } from './config.ts';
import { consoleReferenceFaults } from './console.ts';
import { interruptsReferenceFaults } from './interrupts.ts';
import { negotiationReferenceFaults } from './negotiation.ts';
import { queuesReferenceFaults } from './queues.ts';
import { ringReferenceFaults } from './ring.ts';
import { suppressionReferenceFaults } from './suppression.ts';
import { suspendReferenceFaults } from './suspend.ts';

export const referenceFaults = [
  ...negotiationReferenceFaults,
  ...configReferenceFaults,
  ...queuesReferenceFaults,
  ...suspendReferenceFaults,
  ...interruptsReferenceFaults,
  ...ringReferenceFaults,
  ...suppressionReferenceFaults,
  ...blockReferenceFaults,
  ...consoleReferenceFaults,
] as const;

export type ReferenceFaultName = (typeof referenceFaults)[number]['name'];
