/** Names of the defects that can be seeded into the reference driver. */
import { referenceFaults } from '../../emulator/faults/reference-driver/index.ts';

export const REFERENCE_DEFECTS: readonly string[] = referenceFaults.map(({ name }) => name);
