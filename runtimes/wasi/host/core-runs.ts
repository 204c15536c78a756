/** Runs of a core module that asks: its host functions find who asks in what they were bound to. */
import { deadlineOf, execute } from '../execute.ts'
import type { RunResult } from '../../../kernel/index.ts'
import type { Execution } from '../execute.ts'
import type { Asking } from './conversation.ts'

/** One run after the other, within one deadline. */
export function coreRuns(execution: Execution): (asking: Asking) => RunResult {
  const timed = { ...execution, deadline: deadlineOf(execution) }
  const { running } = execution.prepared
  return (asking) => {
    running.asking = asking
    try {
      return execute(timed)
    } finally {
      running.asking = undefined
    }
  }
}
