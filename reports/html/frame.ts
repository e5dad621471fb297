/** What all pages of the report share: head, navigation, style and behaviour. Each is one file that loads nothing. */
import { h, type ComponentChild } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';

/** Contents of assets/page.css and assets/page.js. */
export interface Assets {
  readonly css: string;
  readonly js: string;
}

/** A page of the report: where it lies in the report's folder, and what it is called in the navigation. */
export interface PageLink {
  readonly path: string;
  readonly name: string;
}

/** A file to be written. */
export interface PageFile {
  readonly path: string;
  readonly html: string;
}

/** What every page is told of the whole. */
export interface Site {
  readonly assets: Assets;
  /** The pages to navigate to, in order. */
  readonly pages: readonly PageLink[];
  /** Page of each broken clause, by its id. */
  readonly paths: ReadonlyMap<string, string>;
  /** Where the page itself lies. */
  readonly path: string;
}

export interface FrameOptions extends Omit<Site, 'paths'> {
  readonly title: string;
  /** The heading, and the facts below it. */
  readonly heading: ComponentChild;
  readonly facts: string;
  readonly skipTo: { readonly anchor: string; readonly text: string };
}

/** Nothing may be loaded from anywhere: what an implementation printed is shown here, too. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function frame(options: FrameOptions, main: readonly ComponentChild[]): PageFile {
  const { assets, pages, path, title, heading, facts, skipTo } = options;
  const document = h('html', { lang: 'en' }, [
    h('head', null, [
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('title', null, title),
      h('style', { dangerouslySetInnerHTML: { __html: assets.css } }),
    ]),
    h('body', null, [
      h('a', { class: 'skip-link', href: `#${skipTo.anchor}` }, skipTo.text),
      h('header', null, [navigation(pages, path), h('h1', null, heading), h('p', null, facts)]),
      h('main', null, main),
      h('script', { dangerouslySetInnerHTML: { __html: assets.js } }),
    ]),
  ]);
  return { path, html: `<!doctype html>\n${renderToStaticMarkup(document)}\n` };
}

function navigation(pages: readonly PageLink[], current: string): ComponentChild {
  const isOnly = pages.length === 1 && pages[0].path === current;
  if (isOnly) return null;
  return h(
    'nav',
    { class: 'pages', 'aria-label': 'Pages of the report' },
    h(
      'ul',
      null,
      pages.map(({ path, name }) =>
        h('li', null, h('a', { href: path, 'aria-current': path === current ? 'page' : undefined }, name)),
      ),
    ),
  );
}
