/** Writes the archive that Linux unpacks as its first root file system (cpio, "newc" format, uncompressed). */

export interface ArchiveFile {
  /** Path without a leading slash. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable?: boolean;
}

const MAGIC = '070701';
const DIRECTORY = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;
const WORD = 4;

/** An archive of these folders (parents first) and files. */
export function cpioArchive(folders: readonly string[], files: readonly ArchiveFile[]): Buffer {
  const parts: Buffer[] = [];
  let inode = 1;
  for (const path of folders) parts.push(entry(inode++, DIRECTORY, path, Buffer.alloc(0)));
  for (const { path, content, executable } of files) {
    parts.push(entry(inode++, executable === true ? PROGRAM : FILE, path, content));
  }
  parts.push(entry(0, 0, 'TRAILER!!!', Buffer.alloc(0)));
  return Buffer.concat(parts);
}

function entry(inode: number, mode: number, path: string, content: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = mode === DIRECTORY ? 2 : 1;
  // inode, mode, owner, group, links, time, size, device and special device (two words each), name size, checksum.
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join(''));
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  const missing = (WORD - (bytes.length % WORD)) % WORD;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}
