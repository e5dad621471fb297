/**
 * A Babel plugin that makes code say which of its branches it takes: a store of one byte at the head of each function,
 * loop, branch (written or implied), case, handler and conditionally evaluated operand.
 */
import type { NodePath, PluginObj } from '@babel/core';
import type * as Babel from '@babel/types';
import { hashOf, type CodeCounters } from './counters.ts';

/** What Babel hands to a plugin, as far as this one needs it. */
interface Api {
  readonly types: typeof Babel;
}

/** The name by which instrumented code calls its bytes; nobody else's. */
const LOCAL = '$virtcheckCode';

type Body = Babel.Statement | Babel.Expression;

/** The plugin for one file. `name` is its path as it is on every machine. */
export function countersPlugin(counters: CodeCounters, name: string): (api: Api) => PluginObj {
  return ({ types: t }) => ({
    name: 'virtcheck-code-counters',
    visitor: {
      // On entry and in one go, before what else transforms the file: points are those of the source.
      Program(program) {
        const before = counters.size;
        instrument(t, program, counters, hashOf(name));
        if (counters.size === before) return;
        const bytes = t.memberExpression(t.identifier('globalThis'), t.identifier(counters.key));
        program.unshiftContainer(
          'body',
          t.variableDeclaration('const', [t.variableDeclarator(t.identifier(LOCAL), bytes)]),
        );
      },
    },
  });
}

function instrument(t: typeof Babel, program: NodePath<Babel.Program>, counters: CodeCounters, file: number): void {
  let ordinal = 0;
  const mark = (): Babel.Expression | undefined => {
    const index = counters.add(file, ordinal++);
    if (index === undefined) return undefined;
    const target = t.memberExpression(t.identifier(LOCAL), t.numericLiteral(index), true);
    return t.assignmentExpression('=', target, t.numericLiteral(1));
  };
  const statements = (of: Babel.Statement[]): void => {
    const one = mark();
    if (one !== undefined) of.unshift(t.expressionStatement(one));
  };
  const statement = (body: Babel.Statement): Babel.Statement => {
    const block = t.isBlockStatement(body) ? body : t.blockStatement([body]);
    statements(block.body);
    return block;
  };
  const expression = (value: Babel.Expression): Babel.Expression => {
    const one = mark();
    return one === undefined ? value : t.sequenceExpression([one, value]);
  };
  const body = <T extends { body: Body }>(node: T): void => {
    node.body = t.isStatement(node.body) ? statement(node.body) : expression(node.body);
  };
  program.traverse({
    Function({ node }) {
      // Overload signatures and abstract methods have none.
      if (t.isStatement(node.body) || t.isExpression(node.body)) body(node as { body: Body });
    },
    Loop({ node }) {
      body(node);
    },
    IfStatement({ node }) {
      node.consequent = statement(node.consequent);
      node.alternate = statement(node.alternate ?? t.blockStatement([]));
    },
    ConditionalExpression({ node }) {
      node.consequent = expression(node.consequent);
      node.alternate = expression(node.alternate);
    },
    LogicalExpression({ node }) {
      node.right = expression(node.right);
    },
    SwitchCase({ node }) {
      statements(node.consequent);
    },
    CatchClause({ node }) {
      statements(node.body.body);
    },
  });
}
