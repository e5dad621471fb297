/** Where a command writes: results on stdout, everything about how it goes on stderr. */
import { ANSI, PLAIN, type Layout, type Style } from '../reports/text.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** File with the project's settings; false: none. */
  readonly config?: string | false;
}

const DEFAULT_WIDTH = 100;
const WIDEST = 140;

/** Colour if asked for, else only on a terminal whose owner did not decline it (https://no-color.org). */
export function styleFor(stream: NodeJS.WriteStream, options: GlobalOptions): Style {
  if (options.color !== undefined) return options.color ? ANSI : PLAIN;
  const declined = (process.env.NO_COLOR ?? '') !== '' || process.env.TERM === 'dumb';
  return stream.isTTY && !declined ? ANSI : PLAIN;
}

/** Style and width for reports on a stream. Lines of files and pipes get a width of their own, for stable output. */
export function layoutFor(stream: NodeJS.WriteStream, options: GlobalOptions): Layout {
  const width = stream.isTTY ? Math.min(stream.columns || DEFAULT_WIDTH, WIDEST) : DEFAULT_WIDTH;
  return { style: styleFor(stream, options), width };
}

/** Writes and waits until the text has left the process, so that an exit afterwards loses nothing. */
export function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (closed.has(stream)) resolve();
    else stream.write(text, () => resolve());
  });
}

const closed = new Set<NodeJS.WriteStream>();

/** A reader that has seen enough (`virtcheck clauses | head`) is no error: what remains is dropped without a word. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      closed.add(stream);
    });
  }
}
