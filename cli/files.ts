/** Writing result files: checked before a run starts, written whole or not at all. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './exit-codes.ts';
import { didYouMean } from './suggest.ts';

/** Creates the folders above a file and makes sure that it can be written, by writing beside it. */
export function checkWritableFile(flag: string, path: string): void {
  const temporary = besides(path);
  try {
    if (isFolder(path)) throw new Error('it is a folder');
    makeFolder(dirname(resolve(path)));
    closeSync(openSync(temporary, 'wx'));
    rmSync(temporary);
  } catch (error) {
    throw new UsageError(
      `${flag}: cannot write ${path}: ${reason(error)}`,
      'name a file in a folder that you may write to',
    );
  }
}

/** Creates a folder if need be and makes sure that files can be made in it. */
export function checkWritableFolder(flag: string, path: string): void {
  try {
    makeFolder(resolve(path));
    const probe = besides(join(path, 'probe'));
    closeSync(openSync(probe, 'wx'));
    rmSync(probe);
  } catch (error) {
    throw new UsageError(
      `${flag}: cannot write to the folder ${path}: ${reason(error)}`,
      'name a folder that you may write to',
    );
  }
}

/** Whether a folder that may not exist yet could be written to. Creates nothing. */
export function couldWriteFolder(path: string): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      accessSync(at, constants.W_OK | constants.X_OK);
      return isFolder(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === dirname(at)) return false;
    }
  }
}

/** Writes to a neighbour and renames it, so that nobody ever reads half a file. */
export function writeWhole(path: string, content: string): void {
  makeFolder(dirname(resolve(path)));
  const temporary = besides(path);
  try {
    writeFileSync(temporary, content, { flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes sure that a file which an option names can be read. */
export function checkReadableFile(flag: string, path: string): void {
  try {
    if (isFolder(path)) throw new Error('it is a folder');
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new UsageError(
      `${flag}: cannot read ${path}: ${reason(error)}`,
      neighbourOf(path) ?? 'check the path; it is relative to the current folder',
    );
  }
}

/** The file beside a missing one that may have been meant. */
export function neighbourOf(path: string): string | undefined {
  try {
    return existsSync(path) ? undefined : didYouMean(basename(path), readdirSync(dirname(path)));
  } catch {
    return undefined;
  }
}

/** Step by step: where the system answers ENOENT although the parent exists (/proc), a recursive mkdir never ends. */
function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(path)) throw error;
  }
}

function besides(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
};

/** What went wrong, for people. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined ? REASONS[code] : undefined) ?? message;
}
