/** A program from its start to its result. An exit code is part of the result, whatever it is. */
import { Halt } from '../halt.ts'
import { resultOf } from './result.ts'
import type { OpenProgram } from './open-program.ts'
import type { StagedResult } from './result.ts'

/** `enter` runs it to its end, and tells the exit code of one that does not end itself. */
export function runProgram(program: OpenProgram, enter: () => number): StagedResult {
  return resultOf(program, exitOf(enter))
}

function exitOf(enter: () => number): number {
  try {
    return enter()
  } catch (error) {
    if (error instanceof Halt && error.code === 'exit') return Number(error.message)
    throw error
  }
}
