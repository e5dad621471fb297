/** Writes the result of every mutant to a file at once, so that a long run shows what it has found so far. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import type { MutantResult, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, tokens } from '@stryker-mutator/api/plugin';
import type { Reporter } from '@stryker-mutator/api/report';
import { knownIn, readLog } from './log.ts';
import { placeKey } from './mutants.ts';
import { RUNNER_OPTIONS, type RunnerOptions } from './options.ts';

export class LogReporter implements Reporter {
  static inject = tokens(commonTokens.options);
  readonly #path: string;
  readonly #known: ReadonlyMap<string, string>;

  constructor(options: StrykerOptions) {
    const { log, head } = options[RUNNER_OPTIONS] as RunnerOptions;
    this.#path = log;
    if (!existsSync(log)) writeFileSync(log, `${JSON.stringify(head)}\n`);
    this.#known = knownIn(readLog(log));
  }

  onMutantTested(result: Readonly<MutantResult>): void {
    const { fileName, location, mutatorName, replacement, status, coveredBy } = result;
    if (status === 'Ignored') return;
    const file = fileName.slice(fileName.lastIndexOf('emulator/'));
    if (this.#known.has(`${file} ${placeKey(location, mutatorName, replacement!)}`)) return;
    const { killedBy, statusReason } = result;
    const line = {
      ...{ fileName: file, location, mutatorName, replacement, status, coveredBy: coveredBy?.length ?? 0 },
      ...{ killedBy: killedBy?.[0], statusReason },
    };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}
