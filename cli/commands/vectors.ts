/** `virtcheck vectors`: lists the portable vectors that come with virtcheck, and copies them to a folder. */
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../harness/package-folder.ts';
import { CLAUSES } from '../../models/clauses/catalogue.ts';
import { count, plural, table, wrap, type Cell, type Layout } from '../../reports/text.ts';
import { VECTOR_SCHEMA, vectorsJson, type Vector, type VectorFile } from '../../suites/vectors/vector.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFolder, reason, writeWhole } from '../files.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { beginnings, didYouMean } from '../suggest.ts';

export interface VectorsFlags extends GlobalOptions {
  readonly out?: string;
  readonly only?: readonly string[];
  readonly json?: boolean;
}

/** A row of `virtcheck vectors --json` (schema: reports/schemas/vectors.schema.json). */
export interface VectorRow extends Pick<
  Vector,
  'id' | 'result' | 'party' | 'clause' | 'level' | 'section' | 'device' | 'transport'
> {
  /** The file that holds it. */
  readonly file: string;
  readonly events: number;
}

/** What lies beside the vectors and goes with them. */
const COMPANIONS = ['README.md', 'vectors.schema.json', 'read_vectors.py'] as const;

interface NamedFile {
  readonly name: string;
  readonly content: VectorFile;
}

export async function vectors(flags: VectorsFlags): Promise<ExitCode> {
  if (flags.out !== undefined && flags.json) {
    throw new UsageError('--json lists and --out copies', 'give one of them, then the other');
  }
  const folder = join(packageFolder(), 'vectors');
  const chosen = choose(readFiles(folder), flags.only);
  if (flags.out !== undefined) return copy(folder, chosen, flags.out, flags);
  const { stdout } = process;
  if (flags.json) {
    await write(stdout, `${JSON.stringify(chosen.flatMap(rows), null, 2)}\n`);
    return EXIT.conformant;
  }
  const layout = layoutFor(stdout, flags);
  const parts = [fileTable(chosen, layout)];
  if (flags.only !== undefined || flags.verbose) parts.unshift(list(chosen, layout));
  await write(stdout, `${parts.join('\n\n')}\n`);
  if (!flags.quiet) {
    const hint = "\nTo have them: 'virtcheck vectors --out FOLDER', with schema, explanation and a reader in Python\n";
    await write(process.stderr, layoutFor(process.stderr, flags).style.dim(hint));
  }
  return EXIT.conformant;
}

function readFiles(folder: string): readonly NamedFile[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .sort()
    .map((name) => ({ name, content: JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorFile }));
  const odd = files.find(({ content }) => content.schema !== VECTOR_SCHEMA);
  if (files.length === 0 || odd !== undefined) {
    const what = odd === undefined ? 'there are none' : `${odd.name} is not ${VECTOR_SCHEMA}`;
    throw new UsageError(`${folder}: ${what}`, "install virtcheck anew, or run 'npm run vectors' in a checkout");
  }
  return files;
}

/** Those whose clause, id or fault starts with one of the prefixes; files without any are left out. */
function choose(files: readonly NamedFile[], only: readonly string[] | undefined): readonly NamedFile[] {
  if (only === undefined) return files;
  const names = ({ id, clause }: Vector): readonly string[] => [clause, id, id.slice(id.indexOf('/') + 1)];
  for (const prefix of only) {
    const all = files.flatMap(({ content }) => content.vectors.flatMap(names));
    if (all.some((name) => name.startsWith(prefix))) continue;
    const isClause = CLAUSES.some(({ id }) => id.startsWith(prefix));
    throw new UsageError(
      `--only: no vector's clause or name starts with '${prefix}'`,
      isClause
        ? "no seeded fault breaks such a clause in a vector; 'virtcheck clauses' says how it is covered"
        : (didYouMean(prefix, beginnings(all)) ?? "'virtcheck vectors --verbose' lists them"),
    );
  }
  return files
    .map(({ name, content }) => ({
      name,
      content: {
        ...content,
        vectors: content.vectors.filter((vector) =>
          names(vector).some((one) => only.some((prefix) => one.startsWith(prefix))),
        ),
      },
    }))
    .filter(({ content }) => content.vectors.length > 0);
}

async function copy(
  source: string,
  files: readonly NamedFile[],
  folder: string,
  { quiet }: VectorsFlags,
): Promise<ExitCode> {
  checkWritableFolder('--out', folder);
  try {
    for (const { name, content } of files) writeWhole(join(folder, name), vectorsJson(content.area, content.vectors));
    for (const name of COMPANIONS) copyFileSync(join(source, name), join(folder, name));
  } catch (error) {
    throw new UsageError(`--out: cannot write to ${folder}: ${reason(error)}`, 'name a folder that you may write to');
  }
  const written = files.reduce((n, { content }) => n + content.vectors.length, 0);
  if (!quiet) {
    await write(
      process.stdout,
      `${plural(written, 'vector')} in ${plural(files.length, 'file')}. What they are: ${join(folder, 'README.md')}\n` +
        `See them read without virtcheck: python3 ${join(folder, 'read_vectors.py')}\n`,
    );
  }
  return EXIT.conformant;
}

function rows({ name, content }: NamedFile): readonly VectorRow[] {
  return content.vectors.map(({ id, result, party, clause, level, section, device, transport, events }) => {
    return { file: name, id, result, party, clause, level, section, device, transport, events: events.length };
  });
}

function list(files: readonly NamedFile[], { style, width }: Layout): string {
  const paint = { invalid: style.red, acceptable: style.yellow, valid: style.green };
  return files
    .flatMap(({ content }) => content.vectors)
    .map(({ id, result, clause, level, device, transport, events, notes }) => {
      const head = `${paint[result](result.padEnd(10))}  ${style.bold(id)}`;
      const facts = `${clause}  ${level}  ${device} ${transport}  ${plural(events.length, 'event')}`;
      const about = result === 'valid' ? [] : [style.dim(wrap(notes, width, '            '))];
      return [head, `            ${facts}`, ...about].join('\n');
    })
    .join('\n');
}

function fileTable(files: readonly NamedFile[], { style }: Layout): string {
  const heads = ['file', 'vectors', 'invalid', 'acceptable', 'valid'];
  const header = heads.map((text, i): Cell => ({ text, right: i > 0, paint: style.bold }));
  const tally = (among: readonly Vector[]): readonly Cell[] =>
    [
      among.length,
      ...(['invalid', 'acceptable', 'valid'] as const).map(
        (kind) => among.filter(({ result }) => result === kind).length,
      ),
    ].map((n) => ({ text: count(n), right: true, ...(n === 0 ? { paint: style.dim } : {}) }));
  const body = files.map(({ name, content }): readonly Cell[] => [{ text: name }, ...tally(content.vectors)]);
  const all = files.flatMap(({ content }) => content.vectors);
  return table([header, ...body, ...(files.length > 1 ? [[{ text: 'all' }, ...tally(all)]] : [])]);
}
