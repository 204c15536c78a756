/** `grid cap`: promises about what a node does, made, narrowed, shown and explained. */
import { addDelegate, addIssue } from './cap-issue.ts'
import { addExplain } from './cap-explain.ts'
import { addGraph } from './cap-graph.ts'
import { addShow } from './cap-show.ts'
import type { Command } from 'commander'
import type { Act } from './session.ts'

export function addCap(grid: Command, act: Act): void {
  const cap = grid.command('cap').description('capabilities: issue, delegate, show, explain, graph')
  addIssue(cap, act)
  addDelegate(cap, act)
  addShow(cap, act)
  addExplain(cap, act)
  addGraph(cap, act)
}
