/** A state machine as a drawing: layout by dagre when the page is made, so that the page needs nothing. */
import { Graph, layout } from '@dagrejs/dagre';
import { h, type ComponentChild } from 'preact';
import type { LifecycleStep, LifecycleView } from '../lifecycles.ts';
import { count } from '../text.ts';

/** Measures in user units of the drawing. */
const CHARACTER = 7.4;
const NODE_HEIGHT = 30;
const PADDING = 22;
const MARGIN = 12;
const LABEL_HEIGHT = 14;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** `id`: unique on the page. */
export function stateDiagram(view: LifecycleView, id: string): ComponentChild {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name } of view.states) {
    graph.setNode(name, { width: name.length * CHARACTER + PADDING, height: NODE_HEIGHT });
  }
  const drawn = view.steps.filter((step) => isDrawn(view, step));
  for (const step of drawn) {
    const width = labelOf(step).length * CHARACTER;
    graph.setEdge(step.from, step.to, { width, height: LABEL_HEIGHT, labelpos: 'c' });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const arrow = `${id}-arrow`;
  return h(
    'div',
    { class: 'scroll diagram', tabindex: 0, role: 'region', 'aria-label': `State diagram: ${view.title}` },
    h(
      'svg',
      {
        viewBox: `0 0 ${String(width)} ${String(height)}`,
        width,
        height,
        role: 'img',
        'aria-labelledby': `${id}-title`,
      },
      [
        h('title', { id: `${id}-title` }, `${view.title}; the table below says the same`),
        h(
          'defs',
          null,
          h(
            'marker',
            { id: arrow, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
            h('path', { d: 'M0 0L8 4L0 8z', class: 'tip' }),
          ),
        ),
        ...drawn.map((step) => edge(step, graph.edge(step.from, step.to) as unknown as EdgePlace, arrow)),
        ...view.states.map(({ name, reached }) => {
          const { x, y, width: w } = graph.node(name) as unknown as Point & { readonly width: number };
          return h('g', { class: `node ${reached ? 'reached' : 'missed'}` }, [
            h('rect', { x: x - w / 2, y: y - NODE_HEIGHT / 2, width: w, height: NODE_HEIGHT, rx: 6 }),
            h('text', { x, y: y + 4, 'text-anchor': 'middle' }, name),
          ]);
        }),
      ],
    ),
  );
}

interface EdgePlace extends Point {
  readonly points: readonly Point[];
}

/** Steps into a state that nearly every other leads to are left to the table. */
function isDrawn({ sinks, states }: LifecycleView, { from, to, explored }: LifecycleStep): boolean {
  if (!explored || from === to) return false;
  const known = states.some(({ name }) => name === from) && states.some(({ name }) => name === to);
  return known && !sinks.includes(to);
}

function labelOf({ times }: LifecycleStep): string {
  return times === 0 ? 'never' : count(times);
}

function edge(step: LifecycleStep, { points, x, y }: EdgePlace, arrow: string): ComponentChild {
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${round(point.x)} ${round(point.y)}`).join('');
  return h('g', { class: `edge ${step.times > 0 ? 'reached' : 'missed'}` }, [
    h('title', null, [`${step.from} to ${step.to}`, step.calls.length > 0 ? `: ${step.calls.join(', ')}` : '']),
    h('path', { d: path, 'marker-end': `url(#${arrow})` }),
    h('text', { x: round(x), y: round(y + 4), 'text-anchor': 'middle' }, labelOf(step)),
  ]);
}

function round(value: number): string {
  return value.toFixed(1);
}
