/** A capability graph as a tree of lines: below each token those that narrow it. */
import { treeLines } from '../terminal/tree.ts'
import { edgeWords, inWords, leftOutWords } from './words.ts'
import type { CapabilityGraph, GraphEdge } from '../../../kernel/index.ts'
import type { Paint } from '../terminal/terminal.ts'
import type { Branch } from '../terminal/tree.ts'

export function graphLines(
  paint: Paint,
  graph: CapabilityGraph,
  names: ReadonlyMap<string, string>,
): readonly string[] {
  const ids = new Set(graph.edges.map(({ id }) => id.toString()))
  const below = (parent: string): readonly GraphEdge[] =>
    graph.edges.filter((edge) => edge.parent?.toString() === parent)
  const branchOf = (edge: GraphEdge): Branch => ({
    title: titleOf(paint, edge, names),
    branches: below(edge.id.toString()).map(branchOf),
  })
  const tops = graph.edges.filter(({ parent }) => parent === undefined || !ids.has(parent.toString()))
  const own = tops.filter(({ issuer, parent }) => issuer === graph.node && parent === undefined)
  const others = tops.filter((edge) => !own.includes(edge))
  return [
    ...treeLines({ title: paint.strong(inWords(names, graph.node)), branches: own.map(branchOf) }),
    ...(others.length === 0
      ? []
      : ['', ...treeLines({ title: paint.strong('nothing leads here'), branches: others.map(strayOf) })]),
    ...leftOutWords(graph),
  ]

  function strayOf(edge: GraphEdge): Branch {
    const { title, branches = [] } = branchOf(edge)
    return { title: `from ${inWords(names, edge.issuer)} → ${title}`, branches }
  }
}

function titleOf(paint: Paint, edge: GraphEdge, names: ReadonlyMap<string, string>): string {
  const line = `${inWords(names, edge.holder)}: ${edgeWords(names, edge).join('; ')}`
  return edge.state === 'revoked' ? paint.bad(line) : line
}
