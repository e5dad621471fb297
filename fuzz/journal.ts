/**
 * The journal of a campaign: one line of JSON for everything worth keeping, appended as it happens, so that a campaign
 * that is killed has lost nothing but the line it was writing. Findings are on the disk before anybody hears of them.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { packageVersion } from '../targets/package-version.ts';
import { CampaignState, type CampaignIdentity, type Line } from './campaign-state.ts';

export const JOURNAL_SCHEMA = 'virtcheck-campaign/1';
const JOURNAL = 'journal.jsonl';
/** A full disk is tried again after so many lines have been put off. */
const RETRY_EVERY = 64;

/** A journal that cannot be used. The message names the file and the reason. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/** What a journal does to files; tests put a full disk here. */
export interface JournalFiles {
  readonly write: (fd: number, text: string) => void;
  readonly sync: (fd: number) => void;
}

/** All of the text, or an error: a disk that fills up takes a part of it first. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

const REAL: JournalFiles = { write: writeAll, sync: fsyncSync };

export function journalPath(folder: string): string {
  return join(folder, JOURNAL);
}

export function holdsCampaign(folder: string): boolean {
  return existsSync(journalPath(folder));
}

export interface ReadJournal {
  readonly identity: CampaignIdentity;
  readonly state: CampaignState;
  /** Lines in its middle that could not be read: what they told is lost. */
  readonly damaged: number;
}

/**
 * Reads the journal of a folder. A last line without an end was being written when the campaign was killed and counts for
 * nothing. Throws JournalError for what is no journal.
 */
export function readJournal(folder: string): ReadJournal {
  const path = journalPath(folder);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new JournalError(`${path}: cannot be read: ${(error as Error).message}`);
  }
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  lines.pop();
  const state = new CampaignState();
  let damaged = 0;
  let identity: CampaignIdentity | undefined;
  for (const raw of lines) {
    const line = parse(raw);
    if (identity === undefined) {
      if (line?.k !== 'campaign' || line.schema !== JOURNAL_SCHEMA) {
        throw new JournalError(`${path}: not the journal of a campaign that this version reads (${JOURNAL_SCHEMA})`);
      }
      identity = line.identity;
    }
    if (line !== undefined) state.apply(line);
    else if (raw !== '') damaged++;
  }
  if (identity === undefined) throw new JournalError(`${path}: it is empty`);
  return { identity, state, damaged };
}

function parse(raw: string): Line | undefined {
  try {
    const line = JSON.parse(raw) as Line | null;
    return typeof line?.k === 'string' ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file whole or not at all, and sees it to the disk. */
export function writeDurably(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  try {
    const fd = openSync(partial, 'w');
    try {
      writeAll(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** Appends to a journal. A disk that takes nothing more does not end the campaign: lines wait here until it does again. */
export class Journal {
  /** Lines that the disk has not taken. */
  readonly waiting: string[] = [];
  /** Why, since when it has not. */
  trouble: Error | undefined;
  readonly #path: string;
  readonly #files: JournalFiles;
  readonly #onTrouble: (error: Error) => void;
  #fd: number;
  /** Bytes of the journal that are whole lines. */
  #length: number;

  /** Starts a journal with what is known already; whatever the folder held before is replaced at once. */
  constructor(
    folder: string,
    identity: CampaignIdentity,
    state: CampaignState,
    onTrouble: (error: Error) => void,
    files: JournalFiles = REAL,
  ) {
    this.#path = journalPath(folder);
    this.#files = files;
    this.#onTrouble = onTrouble;
    const head: Line = { k: 'campaign', schema: JOURNAL_SCHEMA, virtcheck: packageVersion(), identity };
    const text = [head, ...state.lines()].map((line) => `${JSON.stringify(line)}\n`).join('');
    writeDurably(this.#path, text);
    this.#fd = openSync(this.#path, 'a');
    this.#length = Buffer.byteLength(text);
  }

  /** Appends a line; `durable` ones are on the disk when this returns, as far as the disk takes them. */
  append(line: Line, durable = false): void {
    this.waiting.push(`${JSON.stringify(line)}\n`);
    if (this.trouble !== undefined && this.waiting.length % RETRY_EVERY !== 0 && !durable) return;
    this.flush(durable);
  }

  /** Tries to write what waits. True if nothing waits any more. */
  flush(durable = false): boolean {
    try {
      while (this.waiting.length > 0) {
        this.#files.write(this.#fd, this.waiting[0]);
        this.#length += Buffer.byteLength(this.waiting[0]);
        this.waiting.shift();
      }
      if (durable) this.#files.sync(this.#fd);
      this.trouble = undefined;
      return true;
    } catch (error) {
      this.#cutOff();
      if (this.trouble === undefined) this.#onTrouble(error as Error);
      this.trouble = error as Error;
      return false;
    }
  }

  close(): void {
    this.flush(true);
    closeSync(this.#fd);
  }

  /** Takes back the part of a line that the disk still took. */
  #cutOff(): void {
    try {
      truncateSync(this.#path, this.#length);
    } catch {
      // Then the half line stays; a line break keeps it apart from what follows.
      this.waiting.unshift('\n');
    }
  }
}
