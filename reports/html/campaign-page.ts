/** The page of fuzz campaigns: growth over time, throughput, what was reached, and the findings. */
import { h, type ComponentChild } from 'preact';
import type { FuzzFinding, FuzzResult } from '../../fuzz/result.ts';
import { count, duration, plural, printable } from '../text.ts';
import { chart, type Curve } from './chart.ts';
import { frame, type PageFile, type Site } from './frame.ts';

const SECOND = 1000;

export function campaignPage(campaigns: readonly FuzzResult[], { assets, pages, path }: Site): PageFile {
  const options = {
    assets,
    pages,
    path,
    title: 'virtcheck: fuzz campaigns',
    heading: plural(campaigns.length, 'fuzz campaign'),
    facts: campaigns.map(({ target }) => `${target.name} ${target.version}`).join(', '),
    skipTo: { anchor: 'campaign-1', text: 'Skip to the first campaign' },
  };
  return frame(
    options,
    campaigns.map((campaign, i) => section(campaign, `campaign-${String(i + 1)}`)),
  );
}

function section(campaign: FuzzResult, id: string): ComponentChild {
  const { target, against, seed, jobs, durationMs, scenarios, events, interrupted, findings } = campaign;
  const news = findings.filter(({ explanation }) => explanation === undefined).length;
  const perSecond = (n: number): string => (durationMs === 0 ? '–' : count(Math.round((SECOND * n) / durationMs)));
  const facts: readonly (readonly [string, string])[] = [
    ['Findings', `${String(news)} new, ${String(findings.length - news)} known`],
    ['Scenarios', `${count(scenarios)}, ${perSecond(scenarios)} a second`],
    ['Events', `${count(events)}, ${perSecond(events)} a second`],
    ['Time', `${duration(durationMs)} with ${plural(jobs, 'worker')}${interrupted ? ', interrupted' : ''}`],
    ['Seed', String(seed)],
    ...(against === null ? [] : ([['Compared with', against]] as const)),
    ...(campaign.workersLost > 0 ? ([['Workers lost', String(campaign.workersLost)]] as const) : []),
  ];
  return h('section', { class: 'campaign', id, tabindex: -1, 'aria-labelledby': `${id}-heading` }, [
    h('h2', { id: `${id}-heading` }, `${printable(target.name)} ${printable(target.version)}, seed ${String(seed)}`),
    h(
      'dl',
      { class: 'facts prose' },
      facts.flatMap(([name, text]) => [h('dt', null, name), h('dd', null, printable(text))]),
    ),
    h(
      'div',
      { class: 'charts' },
      curves(campaign).map((curve, i) => chart(curve, `${id}-chart-${String(i + 1)}`)),
    ),
    series(campaign, id),
    groups(campaign, id),
    ...(findings.length === 0
      ? [h('p', null, 'No findings.')]
      : findings.map((one, i) => finding(one, `${id}-${String(i + 1)}`))),
  ]);
}

function curves({ series: samples, scenarios, durationMs }: FuzzResult): readonly Curve[] {
  const of = (value: (sample: (typeof samples)[number]) => number): Curve['points'] => [
    { ms: 0, value: 0 },
    ...samples.map((sample) => ({ ms: sample.ms, value: value(sample) })),
  ];
  const average = count(Math.round((SECOND * scenarios) / Math.max(1, durationMs)));
  return [
    { name: 'Model states', points: of(({ states }) => states) },
    { name: 'Obligations exercised', points: of(({ obligations }) => obligations) },
    { name: 'Findings', points: of(({ findings }) => findings) },
    { name: 'Throughput', summary: `${average} scenarios a second on average`, points: throughput(samples) },
    ...memory(samples),
  ];
}

/** No curve for campaigns that did not note it. */
function memory(samples: FuzzResult['series']): Curve[] {
  const points = samples.flatMap(({ ms, memory: value }) => (value === undefined ? [] : [{ ms, value }]));
  const last = points.at(-1);
  return last === undefined ? [] : [{ name: 'Memory', summary: `${count(last.value)} MiB resident`, points }];
}

/** Scenarios a second between each sample and the one before. */
function throughput(samples: FuzzResult['series']): Curve['points'] {
  return samples.flatMap(({ ms, scenarios }, i) => {
    const before = i === 0 ? { ms: 0, scenarios: 0 } : samples[i - 1];
    const passed = ms - before.ms;
    return passed <= 0 ? [] : [{ ms, value: (SECOND * (scenarios - before.scenarios)) / passed }];
  });
}

function series({ series: samples }: FuzzResult, id: string): ComponentChild {
  const rows = samples.map(({ ms, scenarios, states, obligations, findings }) =>
    [duration(ms), ...[scenarios, states, obligations, findings].map(count)].map((text) =>
      h('td', { class: 'number' }, text),
    ),
  );
  return h('details', null, [
    h('summary', null, `The curves as a table, ${plural(samples.length, 'sample')}`),
    table(['Time', 'Scenarios', 'States', 'Obligations', 'Findings'], rows, `Samples of ${id}`),
  ]);
}

function groups({ groups: all }: FuzzResult, id: string): ComponentChild {
  const rows = all.map(({ device, transport, scenarios, events, corpus, states, obligations }) => [
    h('th', { scope: 'row' }, `${device} ${transport}`),
    ...[
      count(scenarios),
      count(events),
      count(corpus),
      `${count(states.seen)} of ${count(states.reachable)}`,
      count(obligations),
    ].map((text) => h('td', { class: 'number' }, text)),
  ]);
  const heads = ['Device', 'Scenarios', 'Events', 'Corpus', 'Model states', 'Obligations'];
  return table(heads, rows, `What was reached in ${id}`);
}

function table(heads: readonly string[], rows: readonly (readonly ComponentChild[])[], label: string): ComponentChild {
  return h('div', { class: 'scroll low', tabindex: 0, role: 'region', 'aria-label': label }, [
    h('table', { class: 'totals' }, [
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((cells) => h('tr', null, cells)),
      ),
    ]),
  ]);
}

/** Classes of the badges by severity. */
const CLASSES: Readonly<Record<FuzzFinding['severity'], string>> = {
  'crash-or-hang': 'fail',
  memory: 'fail',
  must: 'fail',
  should: 'warn',
};

function finding(one: FuzzFinding, id: string): ComponentChild {
  const { severity, clause, device, transport, title, expected, seen, state, steps, scenarios, explanation, files } =
    one;
  const known = explanation !== undefined;
  const names = [files.trace, files.qtest, files.vitest].filter((name) => name !== null);
  const facts: readonly (readonly [string, string])[] = [
    ['Expected', expected],
    ['Seen', seen],
    ...(state === '' ? [] : ([['State', state]] as const)),
    ...(known ? ([['Why it is known', explanation]] as const) : []),
    ...(names.length > 0 ? ([['Reproducers', names.join(', ')]] as const) : []),
  ];
  return h('article', { class: 'campaign-finding', 'aria-labelledby': `finding-${id}` }, [
    h('h3', { id: `finding-${id}` }, [
      h('span', { class: `badge ${known ? 'expected' : CLASSES[severity]}` }, known ? 'known' : severity),
      ' ',
      clause === null ? printable(one.kind) : h('code', null, clause),
      ` ${device} ${transport}`,
    ]),
    h('p', null, `${printable(title)} Found after ${plural(scenarios, 'scenario')}.`),
    h(
      'dl',
      { class: 'facts' },
      facts.flatMap(([name, text]) => [h('dt', null, name), h('dd', null, printable(text))]),
    ),
    h(
      'ol',
      { class: 'steps' },
      steps.map((step) => h('li', null, printable(step))),
    ),
  ]);
}
