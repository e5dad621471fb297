/** Findings as SARIF 2.1.0, for code-scanning pages: one rule a broken clause, one result a combination that breaks it. */
import type { Log, ReportingDescriptor, Result } from 'sarif';
import type { ClauseResult } from '../harness/result.ts';
import { publishedSection } from '../models/clauses/published.ts';
import type { Judged } from './judged.ts';
import { sentence } from './text.ts';
import { combinationName, isDeviation, isExpected, isWarning } from './verdicts.ts';

export interface SarifOptions {
  readonly strict?: boolean;
  /** The file that a finding without a trace is attached to: code-scanning pages show nothing that has no place. */
  readonly resultFile: string;
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export function resultSarif(runs: readonly Judged[], options: SarifOptions): string {
  const strict = options.strict === true;
  const rules = new Map<string, ReportingDescriptor>();
  const results: Result[] = [];
  for (const run of runs) {
    for (const clause of run.clauses) {
      const deviation = isDeviation(clause, strict);
      if (!deviation && !isWarning(clause, strict) && !isExpected(clause)) continue;
      if (!rules.has(clause.id)) rules.set(clause.id, rule(clause));
      results.push(result(run, clause, deviation ? 'error' : 'warning', options.resultFile));
    }
  }
  const version = runs.at(0)?.virtcheck;
  const driver = {
    name: 'virtcheck',
    ...(version === undefined ? {} : { version }),
    rules: [...rules.values()],
  };
  const log: Log = { $schema: SCHEMA, version: '2.1.0', runs: [{ tool: { driver }, results }] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function rule(clause: ClauseResult): ReportingDescriptor {
  const { url, title } = publishedSection(clause.section);
  return {
    id: clause.id,
    shortDescription: { text: clause.summary },
    fullDescription: { text: `${clause.level}, section ${clause.section} (${title}): ${clause.summary}` },
    helpUri: url,
    properties: { tags: [clause.level, clause.party, `section ${clause.section}`] },
  };
}

function result(run: Judged, clause: ClauseResult, level: Result.level, resultFile: string): Result {
  const finding = run.findings.find((candidate) => candidate.clause === clause.id);
  const name = `${run.target.name} ${combinationName(run)}`;
  const seen = finding === undefined ? '' : ` Expected: ${sentence(finding.expected)} Seen: ${sentence(finding.seen)}`;
  const replay = finding?.replay ? ` Replay: ${finding.replay}` : '';
  return {
    ruleId: clause.id,
    level,
    message: { text: `${name}: ${clause.summary}${seen}${replay}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI((finding?.trace ?? resultFile).replaceAll('\\', '/')) },
          region: { startLine: 1 },
        },
        logicalLocations: [{ fullyQualifiedName: name, kind: 'module' }],
      },
    ],
    // Stays the same while sequences and wording change, so that a known finding is known again.
    partialFingerprints: { 'virtcheckClause/v1': `${name} ${clause.id}` },
    ...(isExpected(clause)
      ? { suppressions: [{ kind: 'external' as const, justification: clause.reason ?? 'expected deviation' }] }
      : {}),
  };
}
