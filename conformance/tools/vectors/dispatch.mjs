// Whole conversations with one node: who is let do what, what happens once, and what each is told.
import { chapter } from './kit.mjs'
import { acceptedScenarios } from './dispatch-valid.mjs'
import { refusedByChain } from './dispatch-chain.mjs'
import { refusedByRun } from './dispatch-run.mjs'
import { pipelines } from './dispatch-pipeline.mjs'
import { begin } from './world.mjs'

export function dispatchChapter() {
  const made = chapter('dispatch', 'spec/dispatch.md')
  for (const [name, part] of Object.entries({ acceptedScenarios, refusedByChain, refusedByRun, pipelines })) {
    begin(name)
    part(made)
  }
  return made
}
