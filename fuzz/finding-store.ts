/** Puts the files of findings into their folder, whole and on the disk; keeps those that the disk does not take. */
import { join } from 'node:path';
import { writeDurably } from './journal.ts';
import { SUFFIXES, type Reproducers } from './reproducers.ts';
import type { FindingFiles } from './result.ts';

export interface UnsavedFinding {
  readonly files: Reproducers;
  readonly error: Error;
}

type Part = keyof typeof SUFFIXES;
const PARTS = Object.keys(SUFFIXES) as readonly Part[];

export class FindingStore {
  unsaved: readonly UnsavedFinding[] = [];
  readonly #folder: string;
  readonly #onTrouble: (error: Error) => void;
  #troubled = false;

  constructor(folder: string, onTrouble: (error: Error) => void) {
    this.#folder = folder;
    this.#onTrouble = onTrouble;
  }

  /** The names of the files that there are, or will be when the disk takes them. */
  save(files: Reproducers): FindingFiles {
    this.#write(files);
    const nameOf = (part: Part): string | null => (files[part] === undefined ? null : `${files.stem}${SUFFIXES[part]}`);
    return { trace: nameOf('trace'), qtest: nameOf('qtest'), vitest: nameOf('vitest'), text: nameOf('text') };
  }

  /** Tries what could not be written again. */
  retry(): void {
    const { unsaved } = this;
    this.unsaved = [];
    for (const { files } of unsaved) this.#write(files);
    if (this.unsaved.length === 0) this.#troubled = false;
  }

  #write(files: Reproducers): void {
    try {
      for (const part of PARTS) {
        const content = files[part];
        if (content !== undefined) writeDurably(join(this.#folder, `${files.stem}${SUFFIXES[part]}`), content);
      }
    } catch (error) {
      this.unsaved = [...this.unsaved, { files, error: error as Error }];
      if (!this.#troubled) this.#onTrouble(error as Error);
      this.#troubled = true;
    }
  }
}
