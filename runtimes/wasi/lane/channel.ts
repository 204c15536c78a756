/** The way of a lane to its host: what is asked while a job is worked on, and what is told. */
import { CID } from 'multiformats/cid'

import type { Deferred } from '../../../kernel/index.ts'
import type { Answer } from '../host/answer.ts'
import type { Answerer, AnswerRoom } from '../host/answerer.ts'
import type { QuestionName } from '../host/perform.ts'
import type { Answer as JobAnswer, Ask, FromLane, Told, ToLane } from './job.ts'

/** The host could not answer, and knows why: there is nothing to go on with. */
export class CannotAnswer extends Error {}

export class Channel {
  readonly #send: (message: FromLane) => void
  readonly #asked = new Map<number, (told: Told) => void>()
  #next = 0
  /** The number of the job that is worked on. */
  #job = 0

  constructor(send: (message: FromLane) => void) {
    this.#send = send
  }

  begin(job: number): void {
    this.#job = job
  }

  answer(answer: JobAnswer): void {
    this.#send({ ...answer, job: this.#job })
  }

  told(message: Extract<ToLane, { readonly id: number }>): void {
    this.#asked.get(message.id)?.(message)
    this.#asked.delete(message.id)
  }

  async askBlock(cid: Uint8Array): Promise<Uint8Array | undefined> {
    const told = await this.ask({ kind: 'asks-block', cid })
    return told.kind === 'told-block' ? told.bytes : undefined
  }

  /** @throws {CannotAnswer} */
  async ask(ask: Ask): Promise<Told> {
    const id = this.#next++
    const told = await new Promise<Told>((resolve) => {
      this.#asked.set(id, resolve)
      this.#send({ ...ask, id, job: this.#job })
    })
    if (told.kind === 'cannot') throw new CannotAnswer()
    return told
  }
}

/** Answers from powers that are held by the host. */
export class FarAnswerer implements Answerer {
  readonly #channel: Channel
  #defers = false

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** Stands for the promise, which the host knows. */
  get deferred(): Deferred | undefined {
    return this.#defers ? PROMISE_OF_HOST : undefined
  }

  async ask(name: QuestionName, question: Uint8Array, room: AnswerRoom): Promise<Answer> {
    const told = await this.#channel.ask({ kind: 'asks', name, question, room })
    if (told.kind !== 'told') throw new TypeError('a host told a block instead of an answer')
    this.#defers = told.defers
    return told.answer
  }

  /** The host reads ahead when it is told what to. */
  readAhead(): Promise<void> {
    return Promise.resolve()
  }
}

/** The identity CID of nothing: never seen outside of a lane. */
const PROMISE_OF_HOST: Deferred = { promise: CID.decode(Uint8Array.of(1, 0x55, 0, 0)) }
