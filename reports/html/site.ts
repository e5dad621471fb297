/** The HTML report: a folder of pages that need neither server nor network, nor each other. */
import { h, type ComponentChild } from 'preact';
import { campaignCounts, regressionCounts, type ReportInput } from '../input.ts';
import { gather, isExpected, type BrokenClause } from '../verdicts.ts';
import { campaignPage } from './campaign-page.ts';
import { coveragePage } from './coverage-page.ts';
import type { Evidence } from './evidence.ts';
import { findingPage } from './finding.ts';
import type { Assets, PageFile, PageLink } from './frame.ts';
import { findingPaths } from './links.ts';
import { overviewPage } from './overview.ts';
import { regressionsPage } from './regressions-page.ts';

export interface HtmlOptions {
  /** A broken SHOULD counts like a MUST. */
  readonly strict?: boolean;
  readonly assets: Assets;
  /** Trace and script of a finding, where they are at hand. */
  readonly evidence?: (broken: BrokenClause) => Evidence | undefined;
}

const OVERVIEW: PageLink = { path: 'index.html', name: 'Overview' };
const COVERAGE: PageLink = { path: 'coverage.html', name: 'Coverage' };
const CAMPAIGN: PageLink = { path: 'campaign.html', name: 'Fuzz campaigns' };
const REGRESSIONS: PageLink = { path: 'regressions.html', name: 'Regressions' };

/** All files of the report; `index.html` is the one to open. */
export function htmlReport(input: ReportInput, options: HtmlOptions): readonly PageFile[] {
  const { runs, regressions = [], campaigns = [] } = input;
  const { assets, strict = false, evidence } = options;
  const broken = gather(runs, (clause) => clause.verdict === 'fail' || clause.verdict === 'warn');
  const rank = ({ clause }: BrokenClause): number => (isExpected(clause) ? 2 : clause.verdict === 'fail' ? 0 : 1);
  const findings = [...broken].sort((a, b) => rank(a) - rank(b));
  const paths = findingPaths(findings);
  const pages: readonly PageLink[] = [
    OVERVIEW,
    ...(runs.length > 0 ? [COVERAGE] : []),
    ...(campaigns.length > 0 ? [CAMPAIGN] : []),
    ...(regressions.length > 0 ? [REGRESSIONS] : []),
  ];
  const site = { assets, pages, paths };
  return [
    overviewPage(runs, findings, strict, elsewhere(input), { ...site, path: OVERVIEW.path }),
    ...findings.map((finding, i) => {
      const around = { before: findings.at(i - 1), after: findings.at((i + 1) % findings.length) };
      return findingPage(finding, evidence?.(finding), around, { ...site, path: paths.get(finding.clause.id)! });
    }),
    ...(runs.length > 0 ? [coveragePage(runs, { ...site, path: COVERAGE.path })] : []),
    ...(campaigns.length > 0 ? [campaignPage(campaigns, { ...site, path: CAMPAIGN.path })] : []),
    ...(regressions.length > 0 ? [regressionsPage(regressions, { ...site, path: REGRESSIONS.path })] : []),
  ];
}

function elsewhere({ regressions = [], campaigns = [] }: ReportInput): readonly ComponentChild[] {
  const line = ({ path, name }: PageLink, text: string): ComponentChild =>
    h('p', null, [h('a', { href: path }, name), `: ${text}.`]);
  return [
    ...campaigns.map((campaign) => line(CAMPAIGN, campaignCounts(campaign))),
    ...(regressions.length > 0 ? [line(REGRESSIONS, regressionCounts(regressions))] : []),
  ];
}
