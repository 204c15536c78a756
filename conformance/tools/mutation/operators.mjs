// The mutants of a compiled file: each is one small mistake that somebody could make. What is written for people
// (templates, descriptions) is left alone: codes are promised, wording is free.
import ts from 'typescript'

const { SyntaxKind: Kind } = ts

/** Each operator and its neighbour. */
const NEIGHBOURS = new Map([
  ...both(Kind.LessThanToken, '<', Kind.LessThanEqualsToken, '<='),
  ...both(Kind.GreaterThanToken, '>', Kind.GreaterThanEqualsToken, '>='),
  ...both(Kind.EqualsEqualsEqualsToken, '===', Kind.ExclamationEqualsEqualsToken, '!=='),
  ...both(Kind.AmpersandAmpersandToken, '&&', Kind.BarBarToken, '||'),
])
/** Whose sides each say something: one of them may be forgotten. */
const ALTERNATIVES = new Set([Kind.AmpersandAmpersandToken, Kind.BarBarToken, Kind.QuestionQuestionToken])
/** Whose last argument says in words what was decided. */
const EXPLAINERS = new Set(['judge', 'noteResult'])

/** Every mutant in the order of the text: `{ start, end, text, drops, line, code, change }`. */
export function mutantsOf(source) {
  const file = ts.createSourceFile('file.js', source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS)
  const found = new Map()
  visit(file)
  const seen = new Map()
  return [...found.values()]
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.text < b.text ? -1 : 1))
    .map((mutant) => numbered(mutant, seen))

  function visit(node) {
    if (isForPeople(node)) return
    for (const [target, text] of dropsOf(node, file)) note(target, text, true)
    for (const [target, text] of changesOf(node, file)) note(target, text, false)
    ts.forEachChild(node, visit)
  }

  function note(target, text, drops) {
    const [start, end] = [target.getStart(file), target.getEnd()]
    const line = file.getLineAndCharacterOfPosition(start).line
    const before = source.slice(start, end)
    found.set(`${start} ${end} ${text}`, {
      ...{ start, end, text, drops, line: line + 1 },
      code: source.split('\n')[line].trim(),
      change: `${short(before)} -> ${short(text)}`,
    })
  }
}

/** The second change of a line that reads like the first says so. */
function numbered(mutant, seen) {
  const name = `${mutant.line} ${mutant.change}`
  const nth = (seen.get(name) ?? 0) + 1
  seen.set(name, nth)
  return nth === 1 ? mutant : { ...mutant, change: `${mutant.change} (${nth})` }
}

/** Something is left out that stands there: above all a check. */
function* dropsOf(node, file) {
  const said = (part) => part.getText(file)
  if (ts.isIfStatement(node)) {
    yield [node.thenStatement, '{ }']
    if (node.elseStatement !== undefined) yield [node.elseStatement, '{ }']
  }
  // Under an `if` without braces these are the emptied branch.
  if (!ts.isIfStatement(node.parent ?? node)) {
    if (ts.isReturnStatement(node) && /refus/i.test(said(node))) yield [node, ';']
    if (ts.isExpressionStatement(node) && isCall(node.expression)) yield [node, ';']
  }
  if (ts.isBinaryExpression(node) && ALTERNATIVES.has(node.operatorToken.kind))
    for (const side of sidesOf(node)) yield [node, `(${said(side)})`]
  if (ts.isArrayLiteralExpression(node))
    for (const each of node.elements)
      if (isCall(each) || ts.isConditionalExpression(each)) yield [each, '...[]']
  if (ts.isSpreadElement(node)) yield [node, '...[]']
  if (ts.isSpreadAssignment(node)) yield [node, '...{}']
}

function* changesOf(node, file) {
  const condition = conditionOf(node)
  // The opposite of an equality is its neighbour, which is a mutant of its own.
  if (condition !== undefined && !isEquality(condition)) yield [condition, `!(${condition.getText(file)})`]
  if (ts.isBinaryExpression(node)) {
    const neighbour = NEIGHBOURS.get(node.operatorToken.kind)
    if (neighbour !== undefined) yield [node.operatorToken, neighbour]
    if (node.operatorToken.kind === Kind.QuestionQuestionEqualsToken) yield [node.operatorToken, '=']
  }
  if (node.kind === Kind.TrueKeyword) yield [node, 'false']
  if (node.kind === Kind.FalseKeyword) yield [node, 'true']
  if (ts.isNumericLiteral(node)) {
    yield [node, String(Number(node.text) + 1)]
    if (Number(node.text) > 0) yield [node, String(Number(node.text) - 1)]
  }
}

/** Each side on its own; of a row each is left out once. */
function sidesOf({ left, right, operatorToken }) {
  const isRow = ts.isBinaryExpression(left) && left.operatorToken.kind === operatorToken.kind
  return isRow ? [left] : [left, right]
}

function isCall(node) {
  return ts.isCallExpression(ts.isAwaitExpression(node) ? node.expression : node)
}

function conditionOf(node) {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return node.expression
  return ts.isConditionalExpression(node) ? node.condition : undefined
}

function isEquality(node) {
  const kind = ts.isBinaryExpression(node) ? node.operatorToken.kind : undefined
  return kind === Kind.EqualsEqualsEqualsToken || kind === Kind.ExclamationEqualsEqualsToken
}

function isForPeople(node) {
  if (ts.isTemplateExpression(node)) return true
  if (ts.isFunctionDeclaration(node)) return /^(describe|words|takenBack|hex)/.test(node.name?.text ?? '')
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].every(isText)
  if (!ts.isArrowFunction(node) || !ts.isCallExpression(node.parent)) return false
  const { expression, arguments: given } = node.parent
  return EXPLAINERS.has(expression.getText()) && given[given.length - 1] === node
}

function isText(node) {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
}

function short(text) {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= 60 ? line : `${line.slice(0, 40)} … ${line.slice(-17)}`
}

function both(kind, text, otherKind, otherText) {
  return [
    [kind, otherText],
    [otherKind, text],
  ]
}
