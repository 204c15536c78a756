/**
 * The questions of one call with their answers, in order. A run that comes again to a question gets the answer it
 * had: what the first asking has done is not done twice, and a guest cannot tell which of its runs it is in.
 */
import { refuse } from '../../../kernel/index.ts'
import { HOST_LIMITS } from './limits.ts'
import type { Refusal, Result } from '../../../kernel/index.ts'
import type { Answer } from './answer.ts'
import type { HostRoom } from './room.ts'

interface Entry {
  readonly name: string
  readonly question: Uint8Array
  readonly answer: Answer
}

export class Journal {
  readonly #room: HostRoom
  readonly #entries: Entry[] = []
  #at = 0
  #questionBytes = 0
  #answerBytes = 0

  constructor(room: HostRoom) {
    this.#room = room
  }

  /** The next run begins at its first question. */
  rewind(): void {
    this.#at = 0
  }

  /** Whether this run has asked everything that runs before it have. */
  get isAtEnd(): boolean {
    return this.#at === this.#entries.length
  }

  get answerBytesLeft(): number {
    return HOST_LIMITS.answerBytes - this.#answerBytes
  }

  /** The answer that is known; undefined where this was never asked. INTERNAL where something else was. */
  next(name: string, question: Uint8Array): Result<Answer | undefined> {
    const entry = this.#entries[this.#at]
    if (entry === undefined) return { ok: undefined }
    this.#at += 1
    return entry.name === name && isSame(entry.question, question) ? { ok: entry.answer } : unfaithful()
  }

  /** Makes room for a question, before it is asked. */
  admit(question: Uint8Array): Refusal | undefined {
    const { questions, questionBytes } = HOST_LIMITS
    if (this.#entries.length >= questions) return tooMuch(`more than ${questions} questions`)
    if (this.#questionBytes + question.length > questionBytes)
      return tooMuch(`questions of more than ${questionBytes} bytes`)
    if (!this.#room.take(question.length)) return noRoom()
    this.#questionBytes += question.length
    return undefined
  }

  /** Keeps the answer to a question that was admitted. */
  keep(name: string, question: Uint8Array, answer: Answer): Refusal | undefined {
    const { length } = answer.bytes
    if (length > this.answerBytesLeft) return tooMuch(`answers of more than ${HOST_LIMITS.answerBytes} bytes`)
    if (!this.#room.take(length)) return noRoom()
    this.#answerBytes += length
    this.#entries.push({ name, question, answer })
    return undefined
  }

  /** The call is over. */
  close(): void {
    this.#room.giveBack(this.#questionBytes + this.#answerBytes)
    this.#questionBytes = 0
    this.#answerBytes = 0
  }
}

/** Another question at the same place: this machine does not compute the same from the same. */
export function unfaithful(): { readonly refused: Refusal } {
  return refuse('INTERNAL', 'a repeated run of a handler went another way: this host is not deterministic')
}

function tooMuch(what: string): Refusal {
  return refuse('LIMIT', `a call may not ask its host ${what}`).refused
}

function noRoom(): Refusal {
  return refuse('BUSY', 'this host has no room left for what its guests ask').refused
}

/** A plain loop: every run compares all it has asked, at the price of a unit for each byte. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}
