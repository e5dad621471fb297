/** What a judged recording says of each driver, as text. */
import type { ClauseResult, DriverMistake, RecordedDeviceResult, TraceResult } from '../harness/result.ts';
import { CLAUSES, findClause } from '../models/clauses/catalogue.ts';
import { umbrellasOf } from '../models/clauses/umbrellas.ts';
import { clauseTable } from './clause-table.ts';
import { count, duration, ellipsis, plural, printable, roughly, table, wrap, type Cell, type Layout } from './text.ts';
import { isDeviation, isExpected, isWarning } from './verdicts.ts';

export interface TraceReportOptions extends Layout {
  readonly strict?: boolean;
  /** Only deviations and the last line. */
  readonly quiet?: boolean;
  /** Also every clause, and everything that was not used. */
  readonly verbose?: boolean;
}

const UNUSED_SHOWN = 8;
const WARNINGS_SHOWN = 5;

/** The whole report, ending with a newline. */
export function traceReport(result: TraceResult, options: TraceReportOptions): string {
  const { devices } = result;
  const sections: string[] = [];
  if (!options.quiet) sections.push(heading(result, options), overview(result, options));
  if (options.verbose)
    sections.push(...devices.map((device) => clauseTable(deviceTitle(device), device.clauses, options)));
  for (const device of devices)
    sections.push(...device.mistakes.flatMap((mistake) => broken(device, mistake, options)));
  if (!options.quiet) {
    sections.push(expected(devices, options), deviations(devices, options), unused(result, options));
  }
  sections.push(stale(devices, options), warnings(result, options), lastLine(result, options));
  return sections.filter((section) => section !== '').join('\n\n') + '\n';
}

/** A driver of the recording broke a MUST (under `strict` a SHOULD, too), or an expected deviation is gone. */
export function hasDeviations(result: TraceResult, strict: boolean): boolean {
  return result.devices.some(
    (device) => device.staleExpectations.length > 0 || device.clauses.some((clause) => isDeviation(clause, strict)),
  );
}

/** `blk at 0xfeb02e00 (mmio-v2)` */
export function deviceTitle({ name, base, transport }: RecordedDeviceResult): string {
  return `${name} at 0x${base.toString(16).padStart(8, '0')} (${transport})`;
}

function heading({ virtcheck, spec, source, durationMs }: TraceResult, { style }: Layout): string {
  const formats = Object.keys(source.formats).join(', ') || 'no known format';
  return (
    `${style.bold(`virtcheck ${virtcheck}`)} · ${spec} · drivers in ${printable(source.name)} · ` +
    `${formats}, ${plural(source.lines, 'line')}, ${duration(durationMs)}`
  );
}

function overview({ devices, placeholders }: TraceResult, { style, width }: TraceReportOptions): string {
  const cell = (n: number, word: string, paint: (text: string) => string = (text) => text): Cell => ({
    text: `${count(n)} ${word}`,
    right: true,
    paint: n === 0 ? style.dim : paint,
  });
  const rows = devices.map((device): readonly Cell[] => {
    const { pass, fail, warn, expected: accepted, inconclusive, skip } = device.totals;
    return [
      { text: deviceTitle(device), paint: style.bold },
      cell(pass, 'pass', style.green),
      cell(fail, 'fail', style.red),
      cell(warn, 'warn', style.yellow),
      cell(accepted, 'expected', style.cyan),
      cell(inconclusive, 'inconclusive'),
      cell(skip, 'skip'),
      { text: `${roughly(device.accesses)} accesses`, right: true },
    ];
  });
  const lines = rows.length === 0 ? [] : [table(rows)];
  if (placeholders > 0) {
    lines.push(`  ${plural(placeholders, 'placeholder')} (DeviceID 0), left alone as required`);
  }
  if (devices.some((device) => !device.memory)) {
    const what = 'This recording shows registers only: clauses about rings and buffers are skipped, not passed.';
    lines.push(wrap(what, width, '  '));
  }
  for (const device of devices) {
    if (!device.begunInUse) continue;
    lines.push(
      wrap(`${deviceTitle(device)} was in use when the recording began: judged from its first reset on.`, width, '  '),
    );
  }
  return lines.join('\n');
}

/** One kind of mistake: the clause, and the first places where the driver made it. */
function broken(device: RecordedDeviceResult, mistake: DriverMistake, options: TraceReportOptions): string[] {
  const { style, width } = options;
  const strict = options.strict === true;
  const clause = device.clauses.find(({ id }) => id === mistake.clause);
  if (clause !== undefined && isExpected(clause)) return [];
  const warning = clause === undefined || isWarning(clause, strict);
  if (warning && options.quiet) return [];
  const word = warning ? style.yellow('WARN') : style.red('FAIL');
  const name =
    clause === undefined
      ? 'a rule without a clause of its own'
      : `${clause.id}  ${clause.level}  section ${clause.section}`;
  const lines = [`${style.bold(word)} ${style.bold(name)}  ${style.dim(deviceTitle(device))}`];
  if (clause !== undefined) lines.push(wrap(clause.summary, width, '  '));
  for (const { line, what, state } of mistake.occurrences.slice(0, options.verbose ? undefined : 1)) {
    lines.push(wrap(what, width, `  line ${String(line)}: `, '    '));
    if (state !== '') lines.push(wrap(ellipsis(state, options.verbose ? Infinity : 3 * width), width, '    State: '));
  }
  if (mistake.times > 1) lines.push(`  ${plural(mistake.times, 'time')} in all`);
  const also = umbrellas(clause);
  if (also !== '') lines.push(wrap(`${also} with it`, width, '  '));
  return [lines.join('\n')];
}

/** The clauses that only say "follow the following". */
function umbrellas(clause: ClauseResult | undefined): string {
  const index = clause === undefined ? undefined : findClause(clause.id);
  if (index === undefined) return '';
  const names = umbrellasOf(index).map((umbrella) => CLAUSES[umbrella].id);
  return names.length === 0 ? '' : `breaks ${names.join(', ')}`;
}

function expected(devices: readonly RecordedDeviceResult[], { style, width }: TraceReportOptions): string {
  const lines = devices.flatMap((device) =>
    device.clauses.filter(isExpected).map((clause) => {
      const reason = ellipsis(clause.reason ?? clause.summary, Math.max(width - 4, 40));
      return `  ${style.cyan(clause.id)}  ${style.dim(deviceTitle(device))}\n    ${reason}`;
    }),
  );
  if (lines.length === 0) return '';
  return [style.bold('Expected deviations (recorded; --no-expect judges them anew)'), ...lines].join('\n');
}

function deviations(devices: readonly RecordedDeviceResult[], { style, width }: TraceReportOptions): string {
  const lines = devices.flatMap((device) =>
    device.deviceDeviations.map(({ clause, line, expected: owed, seen }) =>
      wrap(
        `${clause}  ${deviceTitle(device)}, line ${String(line)}: expected ${owed}; seen ${seen}`,
        width,
        '  ',
        '    ',
      ),
    ),
  );
  if (lines.length === 0) return '';
  return [style.bold('Deviations of the devices, seen on the way (no part of the verdict)'), ...lines].join('\n');
}

function unused({ unused: kinds }: TraceResult, { style, verbose }: TraceReportOptions): string {
  if (kinds.length === 0) return '';
  const total = kinds.reduce((sum, { lines }) => sum + lines, 0);
  const shown = verbose ? kinds : kinds.slice(0, UNUSED_SHOWN);
  const rows = shown.map(({ kind, lines }): readonly Cell[] => [
    { text: count(lines), right: true },
    { text: printable(kind) },
  ]);
  const rest = kinds.length - shown.length;
  const more = rest > 0 ? [`  and ${plural(rest, 'more kind')} (--verbose lists them)`] : [];
  return style.dim([`${plural(total, 'line')} without use for the verdict:`, table(rows), ...more].join('\n'));
}

function stale(devices: readonly RecordedDeviceResult[], { style }: Layout): string {
  const lines = devices.flatMap((device) => device.staleExpectations.map((id) => `  ${id}  ${deviceTitle(device)}`));
  if (lines.length === 0) return '';
  return [style.bold(style.red('Stale expectations (each is a failure)')), ...lines].join('\n');
}

function warnings(result: TraceResult, { style, width, verbose }: TraceReportOptions): string {
  const lines = result.warnings
    .slice(0, verbose ? undefined : WARNINGS_SHOWN)
    .map(({ line, reason }) => wrap(reason, width, `  line ${String(line)}: `, '    '));
  const rest = result.malformedLines - lines.length;
  if (rest > 0) lines.push(`  and ${plural(rest, 'more line')}`);
  if (lines.length > 0) lines.unshift(style.bold(style.yellow('Lines that could not be read')));
  if (result.source.ended !== null) {
    lines.push(style.yellow(`The recording was not read to its end (${printable(result.source.ended)}).`));
  }
  return lines.join('\n');
}

function lastLine(result: TraceResult, { style, strict }: TraceReportOptions): string {
  const partial = result.source.ended === null ? '' : style.yellow(' (of what was read)');
  if (hasDeviations(result, strict === true)) {
    const drivers = result.devices.filter((device) => hasDeviations({ ...result, devices: [device] }, strict === true));
    return style.bold(style.red(`Not conformant: ${drivers.map(deviceTitle).join(', ')}.`)) + partial;
  }
  if (result.devices.length === 0) return style.bold('No driver used a device in this recording.') + partial;
  return style.bold(style.green(`Conformant: ${plural(result.devices.length, 'driver')}.`)) + partial;
}
