/** XML for JUnit files: output only. */

/** An element at the depth of a test case's contents. */
export function element(name: string, attributes: Readonly<Record<string, string>>, body = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  const open = `      <${name}${list.join('')}`;
  return body === '' ? `${open}/>` : `${open}>${text(body)}</${name}>`;
}

/** Escapes character data. What XML 1.0 cannot hold at all (control characters, lone surrogates) is spelt out as \xNN. */
export function text(value: string): string {
  return legal(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Escapes an attribute value; line ends and tabs survive only as references. */
export function attribute(value: string): string {
  return text(value)
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function legal(value: string): string {
  let out = '';
  for (const character of value) {
    const code = character.codePointAt(0)!;
    const allowed =
      code === 0x9 ||
      code === 0xa ||
      (code >= 0x20 && code < 0x7f) ||
      (code >= 0xa0 && code < 0xd800) ||
      (code >= 0xe000 && code < 0xfffe) ||
      code >= 0x10000;
    out += allowed ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return out;
}
