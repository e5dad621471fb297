/** `virtcheck explore`: a model's whole state space. */
import { explore as exploreLifecycle, toDot, toJson, toMermaid } from '../../models/attach/explore.ts';
import type { ApiAge } from '../../models/attach/lifecycle.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { write, type GlobalOptions } from '../output.ts';
import { didYouMean } from '../suggest.ts';

const MODELS = ['attach'] as const;

export interface ExploreFlags extends GlobalOptions {
  readonly dot?: boolean;
  readonly mermaid?: boolean;
  readonly json?: boolean;
  readonly api: ApiAge;
}

export async function explore(model: string, flags: ExploreFlags): Promise<ExitCode> {
  if (!(MODELS as readonly string[]).includes(model)) {
    throw new UsageError(
      `there is no model '${model}' to explore`,
      didYouMean(model, MODELS) ?? `models are ${MODELS.join(', ')}`,
    );
  }
  const formats = [flags.dot, flags.mermaid, flags.json].filter((wanted) => wanted === true);
  if (formats.length > 1) throw new UsageError('--dot, --mermaid and --json exclude each other');
  const exploration = exploreLifecycle(flags.api);
  if (flags.dot === true) await write(process.stdout, toDot(exploration));
  else if (flags.mermaid === true) await write(process.stdout, toMermaid(exploration));
  else if (flags.json === true) await write(process.stdout, toJson(exploration));
  else {
    const { states, edges, illegal } = exploration;
    const asserted = illegal.filter(({ diagnostic }) => diagnostic === 'assertion').length;
    await write(
      process.stdout,
      `The child-attach lifecycle (${flags.api} interface): ${states.length} states, ${edges.length} legal calls, ` +
        `${illegal.length} illegal ones, ${asserted} of which a DIAGNOSTIC kernel stops at.\n${toMermaid(exploration)}`,
    );
  }
  return EXIT.conformant;
}
