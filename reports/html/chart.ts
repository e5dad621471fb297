/** A curve over time as a drawing: axes, a line, and the last value in words. */
import { h, type ComponentChild } from 'preact';
import { count, duration } from '../text.ts';

export interface Curve {
  readonly name: string;
  /** In order; `ms` since the start. */
  readonly points: readonly { readonly ms: number; readonly value: number }[];
  /** What it comes to, in words; default: its last value. */
  readonly summary?: string;
}

/** Measures in user units of the drawing. */
const WIDTH = 420;
const HEIGHT = 180;
const LEFT = 56;
const RIGHT = 14;
const TOP = 14;
const BOTTOM = 26;
const TICKS = 4;

/** `id`: unique on the page. */
export function chart({ name, points, summary }: Curve, id: string): ComponentChild {
  const longest = Math.max(1, ...points.map(({ ms }) => ms));
  const top = niceAbove(Math.max(1, ...points.map(({ value }) => value)));
  const x = (ms: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * ms) / longest;
  const y = (value: number): number => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / top;
  const path = points.map(({ ms, value }, i) => `${i === 0 ? 'M' : 'L'}${x(ms).toFixed(1)} ${y(value).toFixed(1)}`);
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => (top * i) / TICKS).filter(Number.isInteger);
  const last = points.at(-1)?.value ?? 0;
  const words = `${name}: ${summary ?? `${count(Math.round(last))} at the end`}`;
  return h('figure', { class: 'chart' }, [
    h('figcaption', { id: `${id}-title` }, words),
    h('svg', { viewBox: `0 0 ${String(WIDTH)} ${String(HEIGHT)}`, role: 'img', 'aria-labelledby': `${id}-title` }, [
      ...ticks.map((value) =>
        h('g', { class: 'tick' }, [
          h('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
          h('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, count(value)),
        ]),
      ),
      h('text', { x: LEFT, y: HEIGHT - 8 }, '0'),
      h('text', { x: WIDTH - RIGHT, y: HEIGHT - 8, 'text-anchor': 'end' }, duration(longest)),
      h('path', { class: 'curve', d: path.join('') }),
    ]),
  ]);
}

/** The next number above that is easy to read on an axis. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}
