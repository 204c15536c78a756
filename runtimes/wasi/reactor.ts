/** Enters a reactor: one function per method, bytes passed through its memory (spec/handler-abi.md). */
import { ABI } from './abi.ts'
import { escapeText } from './escape.ts'
import { Halt } from './halt.ts'
import type { Guest } from './guest.ts'

/** Bytes of an error message that are read; a longer one is cut. */
const MESSAGE_BYTES_MAX = 1_024
/** The high half of a result that is an error code alone. */
const CODE_ONLY = -1
const POINTER_BITS = 0x7fff_ffff

export function runReactor(guest: Guest, signature: string): Uint8Array {
  guest.callIfExported(ABI.initialise)
  const { input, context, method } = guest.call
  const enter = required(guest, method)
  const inputAt = hand(guest, input)
  if (signature === ABI.methodSignature) return result(guest, enter(inputAt, input.length))
  const contextAt = hand(guest, context)
  return result(guest, enter(inputAt, input.length, contextAt, context.length))
}

function required(guest: Guest, name: string): (...parameters: number[]) => unknown {
  const found = guest.function(name)
  if (found === undefined) throw new Error(`export ${name} was admitted and is missing`)
  return found
}

/** Copies bytes to where the guest wants them; no bytes need no place. */
function hand(guest: Guest, bytes: Uint8Array): number {
  if (bytes.length === 0) return 0
  guest.chargeBytes(bytes.length)
  guest.checkTime()
  const pointer = required(guest, ABI.alloc)(bytes.length) as number
  if (pointer === 0) throw new Halt('BUDGET_MEMORY', `alloc has no room for ${bytes.length} bytes`)
  guest.slice(pointer, bytes.length).set(bytes)
  guest.checkTime()
  return pointer
}

const halves = new DataView(new ArrayBuffer(8))

function result(guest: Guest, packed: unknown): Uint8Array {
  halves.setBigInt64(0, packed as bigint)
  const high = halves.getInt32(0)
  const low = halves.getInt32(4)
  if (high < 0) throw failure(guest, high, low)
  const { outputBytes } = guest.call.budget
  const length = low >>> 0
  if (length > outputBytes) throw new Halt('BUDGET_OUTPUT', `${length} bytes, ${outputBytes} are allowed`)
  const output = guest.slice(high, length).slice()
  guest.chargeBytes(length)
  return output
}

/** A negative result: a code alone, or where the guest left its message. */
function failure(guest: Guest, high: number, low: number): Halt {
  if (high === CODE_ONLY) return new Halt('HANDLER', `error ${-low}`)
  const length = Math.min(low >>> 0, MESSAGE_BYTES_MAX)
  return new Halt('HANDLER', escapeText(guest.slice(high & POINTER_BITS, length)))
}
