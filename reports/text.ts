/** Small helpers for text reports: colours that can be injected, wrapping, tables, numbers. Pure. */

/** Colours and weights. A report never decides itself whether to use them: `PLAIN` and `ANSI` have the same methods. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;
export const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
export const ANSI: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
};

/** How a text report is laid out. */
export interface Layout {
  readonly style: Style;
  /** Columns to stay within where words allow it. */
  readonly width: number;
}

/** Below this, wrapping makes text harder to read than a long line does. */
const NARROWEST = 40;

/**
 * Breaks text at spaces so that `first` + text fits the width; further lines start with `rest` (default: as many spaces).
 * A word longer than a line (a path, a command) stays whole, so that it can be copied.
 */
export function wrap(text: string, width: number, first = '', rest = ' '.repeat(first.length)): string {
  const columns = Math.max(width, NARROWEST);
  const lines: string[] = [];
  for (const paragraph of printable(text).split('\n')) {
    let line = lines.length === 0 ? first : rest;
    let empty = true;
    for (const word of paragraph.split(' ')) {
      if (!empty && line.length + 1 + word.length > columns) {
        lines.push(line);
        line = rest;
        empty = true;
      }
      line += empty ? word : ` ${word}`;
      empty = false;
    }
    lines.push(line);
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Cuts to a number of columns, with an ellipsis. */
export function ellipsis(text: string, columns: number): string {
  const line = printable(text).replaceAll(/\s*\n\s*/g, ' ');
  return line.length <= columns ? line : `${line.slice(0, Math.max(columns - 1, 0)).trimEnd()}…`;
}

/**
 * Makes control characters visible. What an implementation printed ends up in reports, and must neither move the
 * reader's cursor nor recolour the terminal.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it is about
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) =>
    character === '\t' ? '  ' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** A cell of a table: text that is measured, and how it is painted after padding. */
export interface Cell {
  readonly text: string;
  readonly right?: boolean;
  readonly paint?: (text: string) => string;
}

/** Aligns rows in columns separated by two spaces. */
export function table(rows: readonly (readonly Cell[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.text.length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => {
        const last = i === row.length - 1;
        const padded = cell.right ? cell.text.padStart(widths[i]) : last ? cell.text : cell.text.padEnd(widths[i]);
        return cell.paint ? cell.paint(padded) : padded;
      });
      return (indent + cells.join('  ')).trimEnd();
    })
    .join('\n');
}

/** `1,234` */
export function count(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** `1,234`, `45.6 k`, `1.23 M`: three digits that matter. */
export function roughly(n: number): string {
  if (n < 10_000) return count(n);
  const [value, unit] = n < 1e6 ? [n / 1e3, 'k'] : n < 1e9 ? [n / 1e6, 'M'] : [n / 1e9, 'G'];
  return `${value.toPrecision(value >= 100 ? 3 : value >= 10 ? 3 : 2)} ${unit}`;
}

/** With a full stop at its end, unless it ends like a sentence. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** `1 clause`, `2 clauses` */
export function plural(n: number, noun: string, nouns = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : nouns}`;
}

/** `420 ms`, `3.2 s`, `2 min 05 s`, `1 h 02 min` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
