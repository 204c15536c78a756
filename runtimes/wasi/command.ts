/** Enters a command: a whole program that reads its input to the end and writes its result. */
import { ABI } from './abi.ts'
import { Halt } from './halt.ts'
import type { Guest } from './guest.ts'
import type { World } from './preview1/world.ts'

const NOTHING = new Uint8Array(0)

export function runCommand(guest: Guest, world: World | undefined): Uint8Array {
  try {
    guest.callIfExported(ABI.start)
  } catch (error) {
    if (!(error instanceof Halt && error.code === 'exit')) throw error
    if (error.message !== '0') throw new Halt('HANDLER', `exit code ${error.message}`)
  }
  return world?.output.finish() ?? NOTHING
}
