/** Commands to be pasted into a shell. */

/**
 * A command line of virtcheck, each word quoted for a POSIX shell where it must be. It goes through npx, which finds
 * virtcheck in a checkout, as a dependency and where it is installed for the whole machine.
 */
export function commandLine(...words: readonly string[]): string {
  return ['npx', 'virtcheck', ...words.map(quoted)].join(' ');
}

/** One word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
