/**
 * What one call asks of its host, over all of its runs (spec/host-functions.md, "Runs"). A guest cannot wait, and
 * the store cannot answer at once: a question whose answer is not here ends the run, and the next run finds it.
 */
import { OutputBuffer } from '../preview1/output-buffer.ts'
import { Halt } from '../halt.ts'
import { Journal } from './journal.ts'
import { HOST_FUEL, HOST_LIMITS } from './limits.ts'
import { Suspended } from './suspended.ts'
import type { Deferred, Refusal, RuntimeCall } from '../../../kernel/index.ts'
import type { Guest } from '../guest.ts'
import type { Answer } from './answer.ts'
import type { Answerer } from './answerer.ts'
import type { QuestionName } from './perform.ts'
import type { HostRoom } from './room.ts'

/** All that a binding for guests needs, be it of core modules or of components. */
export interface Asking {
  readonly call: RuntimeCall
  /** The last answer of this run. */
  readonly answer: Answer | undefined
  /** Messages of this run. */
  readonly log: OutputBuffer
  /**
   * Charges for a question and gives its answer.
   * @throws {Suspended} where it is not here yet, which must end the run
   * @throws {Halt} where the fuel or a bound is used up
   */
  ask(guest: Guest, name: QuestionName, question: Uint8Array): Answer
}

interface Pending {
  readonly name: QuestionName
  readonly question: Uint8Array
  readonly answering: Promise<Answer>
}

export class Conversation implements Asking {
  readonly call: RuntimeCall
  readonly #journal: Journal
  readonly #answerer: Answerer
  #pending: Pending | undefined
  #suspended: Suspended | undefined
  #answer: Answer | undefined
  #log = new OutputBuffer(HOST_LIMITS.logBytes)
  #lentFuel = 0

  constructor(call: RuntimeCall, room: HostRoom, answerer: Answerer) {
    this.call = call
    this.#journal = new Journal(room)
    this.#answerer = answerer
  }

  get answer(): Answer | undefined {
    return this.#answer
  }

  get log(): OutputBuffer {
    return this.#log
  }

  /** Work of other handlers in this run: it is counted where it was done, and not once more. */
  get lentFuel(): number {
    return this.#lentFuel
  }

  /** The promise that this call has made. */
  get deferred(): Deferred | undefined {
    return this.#answerer.deferred
  }

  /** Whether the run that ended has come as far as the ones before it. */
  get isFaithful(): boolean {
    return this.#journal.isAtEnd
  }

  /** A run begins. */
  begin(): void {
    this.#journal.rewind()
    this.#answer = undefined
    this.#log = new OutputBuffer(HOST_LIMITS.logBytes)
    this.#lentFuel = 0
  }

  ask(guest: Guest, name: QuestionName, question: Uint8Array): Answer {
    const price = HOST_FUEL.question + HOST_FUEL.byte * question.length
    const known = this.#journal.next(name, question)
    if (known.refused !== undefined) throw halt(known.refused)
    if (known.ok !== undefined) return this.#give(guest, price, known.ok)
    // What cannot be paid for is not asked.
    guest.charge(price)
    return this.#give(guest, 0, this.#askFirst(guest, name, question))
  }

  #give(guest: Guest, price: number, answer: Answer): Answer {
    guest.charge(price + HOST_FUEL.byte * answer.bytes.length + answer.fuel)
    this.#lentFuel += answer.fuel
    this.#answer = answer
    return answer
  }

  /** Waits for the answer that a run was ended for, and reads ahead what was named. */
  async settle(): Promise<Refusal | undefined> {
    const pending = this.#pending
    if (pending === undefined) throw new TypeError('no run was suspended')
    this.#pending = undefined
    const answer = await pending.answering
    await this.#answerer.readAhead()
    return this.#journal.keep(pending.name, pending.question, answer)
  }

  /** The call is over, and gives back the room it took. */
  close(): void {
    this.#journal.close()
  }

  #suspend(fuel: number): Suspended {
    this.#suspended ??= new Suspended('the answer is not here yet')
    this.#suspended.fuel = fuel
    return this.#suspended
  }

  #askFirst(guest: Guest, name: QuestionName, question: Uint8Array): Answer {
    const refused = this.#journal.admit(question)
    if (refused !== undefined) throw halt(refused)
    const room = { fuel: guest.fuelLeft, bytes: this.#journal.answerBytesLeft }
    const answering = this.#answerer.ask(name, question, room)
    if (answering instanceof Promise) {
      this.#pending = { name, question, answering }
      throw this.#suspend(guest.fuelUsed)
    }
    const unkept = this.#journal.keep(name, question, answering)
    if (unkept !== undefined) throw halt(unkept)
    // This run has asked it too.
    this.#journal.next(name, question)
    return answering
  }
}

function halt({ code, detail }: Refusal): Halt {
  return new Halt(code, detail)
}
