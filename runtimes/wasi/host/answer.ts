/** What a question is answered with: a status the guest sees at once, and bytes it may fetch. */
import { ForbiddenError, RefusedError } from '../../../kernel/index.ts'
import type { Refusal, Result } from '../../../kernel/index.ts'

/** A status from 0 on is the length of the answer. */
const STATUS = { absent: -1, refused: -2 } as const

export interface Answer {
  readonly status: number
  readonly bytes: Uint8Array
  /** Work of others for it, which counts as work of the guest. */
  readonly fuel: number
  /** What it was refused with; its bytes are the code. */
  readonly refused?: Refusal
}

const NOTHING = new Uint8Array(0)
const utf8 = new TextEncoder()

export const done: Answer = { status: 0, bytes: NOTHING, fuel: 0 }

export function given(bytes: Uint8Array, fuel = 0): Answer {
  return { status: bytes.length, bytes, fuel }
}

/** Bytes that may not be there. */
export function found(bytes: Uint8Array | undefined): Answer {
  return bytes === undefined ? { status: STATUS.absent, bytes: NOTHING, fuel: 0 } : given(bytes)
}

/** Only the code is told: words may change from version to version, and a guest must not depend on them. */
export function refusedWith(refused: Refusal, fuel = 0): Answer {
  return { status: STATUS.refused, bytes: utf8.encode(refused.code), fuel, refused }
}

export function told<T>(result: Result<T>, write: (ok: T) => Uint8Array | undefined, fuel = 0): Answer {
  if (result.refused !== undefined) return refusedWith(result.refused, fuel)
  return given(write(result.ok) ?? NOTHING, fuel)
}

/** What a native handler could catch is an answer here too. @throws everything else: the store, or a fault */
export function answerOf(error: unknown): Answer {
  if (error instanceof ForbiddenError) return refusedWith({ code: 'FORBIDDEN', detail: error.message })
  if (error instanceof RefusedError) return refusedWith(error.refused)
  throw error
}
