/** A program from its start to its result. An exit code is part of the result, whatever it is. */
import { ABI } from '../abi.ts'
import { Halt } from '../halt.ts'
import { resultOf } from './result.ts'
import type { Guest } from '../guest.ts'
import type { OpenProgram } from './open-program.ts'
import type { StagedResult } from './result.ts'

export function runProgram(guest: Guest, program: OpenProgram): StagedResult {
  return resultOf(program, exitOf(guest))
}

function exitOf(guest: Guest): number {
  try {
    guest.callIfExported(ABI.start)
    return 0
  } catch (error) {
    if (error instanceof Halt && error.code === 'exit') return Number(error.message)
    throw error
  }
}
