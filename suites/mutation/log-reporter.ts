/** Writes the result of every mutant to a file at once, so that a long run shows what it has found so far. */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { MutantResult, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, tokens } from '@stryker-mutator/api/plugin';
import type { Reporter } from '@stryker-mutator/api/report';
import { RUNNER_OPTIONS, type RunnerOptions } from './options.ts';

export class LogReporter implements Reporter {
  static inject = tokens(commonTokens.options);
  readonly #path: string | undefined;

  constructor(options: StrykerOptions) {
    this.#path = (options[RUNNER_OPTIONS] as RunnerOptions).log;
    if (this.#path !== undefined) writeFileSync(this.#path, '');
  }

  onMutantTested(result: Readonly<MutantResult>): void {
    if (this.#path === undefined || result.status === 'Ignored') return;
    const { coveredBy, ...rest } = result;
    appendFileSync(this.#path, `${JSON.stringify({ ...rest, coveredBy: coveredBy?.length ?? 0 })}\n`);
  }
}
