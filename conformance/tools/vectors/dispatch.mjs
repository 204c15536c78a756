// Whole conversations with one node: who is let do what, what happens once, and what each is told.
import { chapter } from './kit.mjs'
import { cascadeScenarios } from './dispatch-batch.mjs'
import { acceptedScenarios } from './dispatch-valid.mjs'
import { refusedByChain } from './dispatch-chain.mjs'
import { guestScenarios } from './dispatch-guest.mjs'
import { hybridScenarios } from './dispatch-hybrid.mjs'
import { refusedByRun } from './dispatch-run.mjs'
import { spendingScenarios } from './dispatch-spend.mjs'
import { keptByConstraint, refusedByConstraint } from './grant.mjs'
import { pipelines } from './dispatch-pipeline.mjs'
import { begin } from './world.mjs'

export function dispatchChapter() {
  const made = chapter('dispatch', 'spec/dispatch.md')
  const parts = {
    ...{ acceptedScenarios, refusedByChain, refusedByRun, cascadeScenarios },
    ...{ pipelines, spendingScenarios, keptByConstraint, refusedByConstraint },
    ...{ hybridScenarios, guestScenarios },
  }
  for (const [name, part] of Object.entries(parts)) {
    begin(name)
    part(made)
  }
  return made
}
