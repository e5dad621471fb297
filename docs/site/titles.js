/** A plugin of TypeDoc: pages are named by their headings, not by their files. */
import { Converter } from 'typedoc';

const HEADING = /^# (.+)$/m;

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const heading = HEADING.exec(document.content.at(0)?.text ?? '');
    if (heading !== null) document.name = heading[1].replaceAll('`', '');
  });
}
