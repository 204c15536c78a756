/**
 * A capability graph in the DOT language of Graphviz:
 *
 *   graph = "digraph capabilities {" *( attribute ";" / node ";" / edge ";" ) "}"
 *   node  = "n" number "[" attributes "]"
 *   edge  = "n" number " -> n" number "[" attributes "]"
 *
 * Every text is quoted; in it a backslash, a quotation mark and the ampersand of an entity would mean something.
 */
import { safeLine } from '../terminal/safe-text.ts'
import { directionWords, edgeWords, leftOutWords, nodeWords } from './words.ts'
import type { CapabilityGraph, CapabilityState, GraphEdge } from '../../../kernel/index.ts'

const LOOKS: Readonly<Record<CapabilityState, string>> = {
  valid: 'style=solid, color=black, fontcolor=black',
  revoked: 'style=dashed, color=red, fontcolor=red',
  unreachable: 'style=dotted, color=gray40, fontcolor=gray40',
  expired: 'style=dashed, color=gray40, fontcolor=gray40',
  'not yet': 'style=dashed, color=blue, fontcolor=blue',
}

export function dotGraph(graph: CapabilityGraph, names: ReadonlyMap<string, string>): string {
  const places = new Map(graph.nodes.map(({ principal }, index) => [principal, `n${index}`]))
  const nodes = graph.nodes.map((node, index) => {
    const look = node.isNode ? ', style=bold' : ''
    return `  n${index} [label=${quoted([nodeWords(names, node)])}, tooltip=${quoted([safeLine(node.principal)])}${look}];`
  })
  const lines = [
    'digraph capabilities {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...leftOutWords(graph).map((words) => `  label=${quoted([words])};`),
    ...nodes,
    ...graph.edges.map((edge) => `  ${edgeLine(edge, places, names)};`),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

function edgeLine(
  edge: GraphEdge,
  places: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): string {
  const [from, to] = [places.get(edge.issuer) ?? '', places.get(edge.holder) ?? '']
  const tooltip = quoted([`${directionWords(names, edge)}, ${edge.id.toString()}`])
  return `${from} -> ${to} [label=${quoted(edgeWords(names, edge))}, tooltip=${tooltip}, ${LOOKS[edge.state]}]`
}

/** Lines in one quoted string. What could not be printed was written out before. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
  )
  return `"${escaped.join('\\n')}"`
}
