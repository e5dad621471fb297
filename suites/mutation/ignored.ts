/**
 * What is not mutated: code that only a seeded fault brings to life. The suite never runs with one here, so such mutants
 * change nothing; `npm run strength` measures the faults themselves. Words of error messages are left alone as well, and of
 * what a kernel prints or panics with: no obligation speaks of them.
 */
import type { Ignorer } from '@stryker-mutator/api/ignore';

/** The parts of a syntax tree (Babel's) that are looked at. */
interface Node {
  readonly type: string;
  readonly operator?: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly computed?: boolean;
  readonly object?: Node;
  readonly property?: Node;
  readonly callee?: Node;
  readonly argument?: Node | null;
  readonly left?: Node;
  readonly right?: Node;
  readonly test?: Node;
  readonly consequent?: Node;
  readonly alternate?: Node | null;
  readonly expression?: Node;
  readonly init?: Node | null;
  readonly body?: Node | readonly Node[];
}

interface Path {
  readonly node: Node;
  readonly parent?: Node;
  readonly parentPath?: Path | null;
  readonly key?: string | number | null;
  readonly scope: {
    getBinding(
      name: string,
    ): { readonly constant: boolean; readonly path: Path; readonly referencePaths: readonly Path[] } | undefined;
  };
}

const SEEDED = 'runs with a seeded fault only';
const WORDS = 'the words of an error';

export const seededFaults: Ignorer = {
  shouldIgnore: (path) => reasonFor(path as Path),
};

function reasonFor(path: Path): string | undefined {
  if (isDormant(path)) return SEEDED;
  if (isWords(path)) return WORDS;
  return undefined;
}

/** Whether the node has no effect while no fault is switched on. */
function isDormant(path: Path): boolean {
  const { node } = path;
  if (withoutFaults(node, path) !== undefined) return true;
  if (isBranchNotTaken(path)) return true;
  if (comesAfterReturn(path)) return true;
  if (node.type === 'BlockStatement' && Array.isArray(node.body) && node.body.length > 0) {
    return returnsAtOnce((node.body as readonly Node[])[0], path);
  }
  return node.type === 'FunctionDeclaration' && isCalledByFaultsOnly(path);
}

/** What a condition amounts to while no fault is switched on; undefined where that does not settle it. */
function withoutFaults(node: Node | null | undefined, path: Path, depth = 0): boolean | undefined {
  if (!node || depth > 20) return undefined;
  const value = (part: Node | null | undefined) => withoutFaults(part, path, depth + 1);
  switch (node.type) {
    case 'MemberExpression':
      return node.property?.type === 'StringLiteral' && nameOf(node.object) === 'faults' ? false : undefined;
    case 'CallExpression':
      return node.callee?.type === 'MemberExpression' && nameOf(node.callee) === 'fault' ? false : undefined;
    case 'UnaryExpression': {
      const negated = node.operator === '!' ? value(node.argument) : undefined;
      return negated === undefined ? undefined : !negated;
    }
    case 'LogicalExpression': {
      const [left, right] = [value(node.left), value(node.right)];
      if (node.operator === '&&') return left === false || right === false ? false : left === true ? right : undefined;
      if (node.operator !== '||') return undefined;
      return left === true || right === true ? true : left === false ? right : undefined;
    }
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
      return value(node.expression);
    case 'Identifier': {
      const binding = path.scope.getBinding(node.name!);
      const declarator = binding?.path.node;
      return binding?.constant && declarator?.type === 'VariableDeclarator' ? value(declarator.init) : undefined;
    }
    default:
      return undefined;
  }
}

function nameOf(node: Node | undefined): string | undefined {
  return node?.type === 'Identifier' ? node.name : node?.type === 'MemberExpression' ? node.property?.name : undefined;
}

function isBranchNotTaken({ key, parentPath }: Path): boolean {
  if (!parentPath || (key !== 'consequent' && key !== 'alternate')) return false;
  const { type, test } = parentPath.node;
  if (type !== 'IfStatement' && type !== 'ConditionalExpression') return false;
  const taken = withoutFaults(test, parentPath);
  return taken !== undefined && taken !== (key === 'consequent');
}

/** `if (!faults.x) return;`, and what follows. */
function returnsAtOnce(node: Node, path: Path): boolean {
  if (node.type !== 'IfStatement' || withoutFaults(node.test, path) !== true) return false;
  const { consequent } = node;
  const body = consequent?.type === 'BlockStatement' ? (consequent.body as readonly Node[]) : [consequent];
  return body[body.length - 1]?.type === 'ReturnStatement';
}

function comesAfterReturn({ key, parentPath }: Path): boolean {
  if (!parentPath || parentPath.node.type !== 'BlockStatement' || typeof key !== 'number') return false;
  const before = (parentPath.node.body as readonly Node[]).slice(0, key);
  return before.some((node) => returnsAtOnce(node, parentPath));
}

function isCalledByFaultsOnly({ node, scope }: Path): boolean {
  const name = (node as { readonly id?: Node | null }).id?.name;
  const references = name === undefined ? [] : (scope.getBinding(name)?.referencePaths ?? []);
  return references.length > 0 && references.every(isWithinDormant);
}

function isWithinDormant(path: Path): boolean {
  for (let at: Path | null | undefined = path; at; at = at.parentPath) {
    // A function is dormant through its callers, which is what is being found out.
    if (at.node.type !== 'FunctionDeclaration' && isDormant(at)) return true;
  }
  return false;
}

/** Arguments of the kernel's functions that are text for people, by name of the function and position. */
const TEXTS: Readonly<Record<string, number>> = { assert: 1, deref: 1, panic: 0, print: 0, KernelPanic: 1 };

function isWords({ node, parentPath, key }: Path): boolean {
  if (node.type !== 'StringLiteral' && node.type !== 'TemplateLiteral') return false;
  const maker = parentPath?.node;
  const name = nameOf(maker?.callee);
  if (name === undefined) return false;
  if (maker?.type === 'NewExpression' && name.endsWith('Error')) return true;
  return Object.hasOwn(TEXTS, name) && TEXTS[name] === key;
}
