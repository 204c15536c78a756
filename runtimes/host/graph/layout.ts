/** Where principals stand in a picture: in columns by how many promises lead to them, one below the other. */
import type { CapabilityGraph, GraphNode } from '../../../kernel/index.ts'

/** Pixels. */
export const BOX = { width: 190, height: 40, port: 22, gapX: 150, gapY: 30 } as const

/** A box, and how many arrows end at its left side, one below the other. */
export interface Place {
  readonly node: GraphNode
  readonly column: number
  readonly x: number
  readonly y: number
  readonly height: number
  readonly ports: number
}

export function layOut(graph: CapabilityGraph): ReadonlyMap<string, Place> {
  const columns = columnsOf(graph)
  const bottoms: number[] = []
  return new Map(
    graph.nodes.map((node) => {
      const column = columns.get(node.principal) ?? 0
      // A step lower with each column: an arrow that passes one does not lie on the next.
      const y = bottoms[column] ?? column * 18
      const ports = graph.edges.filter(({ holder }) => holder === node.principal).length
      const height = Math.max(BOX.height, (ports + 1) * BOX.port)
      bottoms[column] = y + height + BOX.gapY
      return [node.principal, { node, column, x: column * (BOX.width + BOX.gapX), y, height, ports }]
    }),
  )
}

/** A principal stands behind the longest chain it holds: tokens form no rings, whatever principals do. */
function columnsOf({ edges }: CapabilityGraph): ReadonlyMap<string, number> {
  const columns = new Map<string, number>()
  const depths = new Map<string, number>()
  for (const { id, parent, holder } of edges) {
    // Every token comes after the one it narrows.
    const depth = (depths.get(parent?.toString() ?? '') ?? 0) + 1
    depths.set(id.toString(), depth)
    columns.set(holder, Math.max(columns.get(holder) ?? 0, depth))
  }
  return columns
}
