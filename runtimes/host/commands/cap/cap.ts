/** `grid cap`: promises about what a node does, made, narrowed, handed on, kept, shown, explained and taken back. */
import { addDelegate, addIssue } from './issue.ts'
import { addExplain } from './explain.ts'
import { addExport } from './export.ts'
import { addFeed } from './feed.ts'
import { addHeartbeat } from './heartbeat.ts'
import { addRevoke } from './revoke.ts'
import { addGraph } from './graph.ts'
import { addShow } from './show.ts'
import { addWallet } from './wallet.ts'
import type { Command } from 'commander'
import type { Act } from '../session.ts'

export function addCap(grid: Command, act: Act): void {
  const cap = grid
    .command('cap')
    .description('capabilities: issue, delegate, hand on, keep, show, explain, graph, revoke, news of that')
  addIssue(cap, act)
  addDelegate(cap, act)
  addShow(cap, act)
  addExplain(cap, act)
  addRevoke(cap, act)
  addFeed(cap, act)
  addHeartbeat(cap, act)
  addExport(cap, act)
  addWallet(cap, act)
  addGraph(cap, act)
}
