/** Where principals stand in a picture: in the column of their distance from the node, one below the other. */
import type { CapabilityGraph, GraphNode, Principal } from '../../../kernel/index.ts'

export interface Place {
  readonly node: GraphNode
  readonly column: number
  readonly row: number
}

/** Those that nothing leads to from the node begin in its column again, below it. */
export function layOut(graph: CapabilityGraph): ReadonlyMap<string, Place> {
  const columns = columnsOf(graph)
  const rows: number[] = []
  return new Map(
    graph.nodes.map((node) => {
      const column = columns.get(node.principal) ?? 0
      const row = rows[column] ?? 0
      rows[column] = row + 1
      return [node.principal, { node, column, row }]
    }),
  )
}

function columnsOf({ nodes, edges, node }: CapabilityGraph): ReadonlyMap<string, number> {
  const held = new Map<string, (Principal | 'bearer')[]>()
  for (const { issuer, holder } of edges) {
    const known = held.get(issuer)
    if (known === undefined) held.set(issuer, [holder])
    else known.push(holder)
  }
  const columns = new Map<string, number>()
  for (const start of [node, ...nodes.map(({ principal }) => principal)]) {
    if (columns.has(start)) continue
    columns.set(start, 0)
    const queue = [start]
    for (let at = queue.shift(); at !== undefined; at = queue.shift())
      for (const holder of held.get(at) ?? []) {
        if (columns.has(holder)) continue
        columns.set(holder, (columns.get(at) ?? 0) + 1)
        queue.push(holder)
      }
  }
  return columns
}
