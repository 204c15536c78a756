/** What ended a run, as a refusal: the guest's counters first, for they do not depend on the engine. */
import { refuse } from '../../kernel/index.ts'
import { escapeText } from './escape.ts'
import { Halt } from './halt.ts'
import { STACK_MARK_NO_MEMORY } from './rewriter/stack.ts'
import type { Refusal } from '../../kernel/index.ts'
import type { Guest } from './guest.ts'

/** Names the refusal for what was thrown out of a run. @throws what is a fault of this host */
export function ending(error: unknown, guest: Guest, messages: Uint8Array | undefined): Refusal {
  const { budget } = guest.call
  if (guest.fuelLeft < 0) return refuse('BUDGET_FUEL', `${budget.fuel} units are used up`).refused
  if (guest.stackLeft === STACK_MARK_NO_MEMORY) return outOfMemory()
  if (guest.stackLeft < 0) return refuse('BUDGET_DEPTH', 'the stack of the run is used up').refused
  if (error instanceof Halt) return halted(error, messages)
  // The stack of the engine ended before ours: the guest of a host with an unusually small one.
  if (error instanceof RangeError) {
    return guest.isRunning
      ? refuse('BUDGET_DEPTH', 'the stack of this host is used up').refused
      : outOfMemory()
  }
  if (error instanceof WebAssembly.RuntimeError) {
    return refuse('TRAP', withMessages(error.message, messages)).refused
  }
  throw error
}

function halted(halt: Halt, messages: Uint8Array | undefined): Refusal {
  if (halt.code === 'exit') {
    return refuse('HANDLER', withMessages(`ended itself with code ${halt.message}`, messages)).refused
  }
  const isOwnWord = halt.code === 'HANDLER' || halt.code === 'TRAP'
  return refuse(halt.code, isOwnWord ? withMessages(halt.message, messages) : halt.message).refused
}

function outOfMemory(): Refusal {
  return refuse('BUSY', 'this host has no memory left for the run').refused
}

function withMessages(detail: string, messages: Uint8Array | undefined): string {
  if (messages === undefined || messages.length === 0) return detail
  return `${detail}; it wrote: ${escapeText(messages)}`
}
