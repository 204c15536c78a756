/** Where one job at a time is worked on, out of this thread: a thread of its own, or a process of its own. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { confined } from './confinement.ts'
import { isFromLane } from './from-lane.ts'
import { HEAP_MIB } from './heap.ts'
import type { ChildProcess } from 'node:child_process'
import type { Answer, Ask, FromLane, Job, LaneSettings, Told, ToLane } from './exchange.ts'

export interface Lane {
  /**
   * Has a job done; `tell` answers what is asked meanwhile.
   * @throws {LaneEnded} when the lane came to an end before its answer
   * @throws what `tell` throws, after which the lane is over
   */
  ask(job: Job, tell: Tell): Promise<Answer>
  readonly isOver: boolean
  /** Ends it at once, whatever it does. */
  end(): Promise<void>
}

/** A lane that ended before it answered. */
export class LaneEnded extends Error {
  override readonly name = 'LaneEnded'
  /** Whether it had come up: if not, no job has anything to do with it. */
  readonly wasReady: boolean
  readonly isOutOfMemory: boolean

  constructor(how: string, { wasReady, isOutOfMemory }: { wasReady: boolean; isOutOfMemory: boolean }) {
    super(how)
    this.wasReady = wasReady
    this.isOutOfMemory = isOutOfMemory
  }
}

/** Answers what a lane asks. */
export type Tell = (ask: Ask) => Promise<Told>

const INSIDE = new URL('./lane-worker.js', import.meta.url)

interface Working {
  readonly tell: Tell
  readonly send: (message: ToLane) => void
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

/** What the two kinds of lanes have in common: an answer that is waited for, and an end that is told once. */
export class Exchange {
  #ended: LaneEnded | undefined
  #isReady = false
  #fault: unknown
  #working: Working | undefined

  get isOver(): boolean {
    return this.#ended !== undefined
  }

  ask(tell: Tell, send: (message: ToLane) => void, job: Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      this.#working = { tell, send, resolve, reject }
      send(job)
    })
  }

  heard(message: unknown): void {
    if (!isFromLane(message)) return this.over('it said what no lane says')
    if ('id' in message) return void this.#tell(message)
    if (message.kind === 'ready') {
      this.#isReady = true
      return
    }
    const working = this.#working
    this.#working = undefined
    working?.resolve(message)
  }

  /** A host that cannot answer has a fault of its own, and the run ends with it. */
  async #tell({ id, ...ask }: Extract<FromLane, { readonly id: number }>): Promise<void> {
    const working = this.#working
    if (working === undefined) return
    try {
      const told = await working.tell(ask)
      if (this.#working === working) working.send({ ...told, id })
    } catch (error) {
      this.#fault = error
      this.over('its host could not answer')
    }
  }

  over(how: string, isOutOfMemory = false): void {
    this.#ended ??= new LaneEnded(how, { wasReady: this.#isReady, isOutOfMemory })
    this.#working?.reject(this.#fault ?? this.#ended)
    this.#working = undefined
  }
}

/** A thread with nothing of this process but its code. It keeps the process alive only while it works. */
export function openThread(settings: LaneSettings): Lane {
  const exchange = new Exchange()
  const worker = new Worker(INSIDE, {
    env: {},
    execArgv: [],
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  })
  worker.unref()
  worker.on('message', (message) => exchange.heard(message))
  worker.on('error', (error: NodeJS.ErrnoException) =>
    exchange.over(error.message, error.code === 'ERR_WORKER_OUT_OF_MEMORY'),
  )
  worker.on('exit', (code) => exchange.over(`its thread ended with ${code}`))
  return {
    get isOver() {
      return exchange.isOver
    },
    ask: async (job, tell) => {
      worker.ref()
      try {
        return await exchange.ask(tell, (message) => worker.postMessage(message), job)
      } finally {
        worker.unref()
      }
    },
    end: async () => {
      exchange.over('its thread was ended')
      await worker.terminate()
    },
  }
}

/**
 * A process that may do as little as this system can see to: see {@link confined}. It keeps this process alive only while it
 * works, and dies with it.
 */
export function openProcess(settings: LaneSettings): Lane {
  const exchange = new Exchange()
  const child = start(settings)
  const send = (message: ToLane): void =>
    void child.send(message, (error) => {
      if (error !== null) exchange.over(error.message)
    })
  idle(child)
  child.on('message', (message) => exchange.heard(message))
  child.on('error', (error) => exchange.over(error.message))
  child.on('exit', (code, signal) => exchange.over(`its process ended with ${signal ?? code}`))
  return {
    get isOver() {
      return exchange.isOver
    },
    ask: async (job, tell) => {
      child.ref()
      child.channel?.ref()
      try {
        return await exchange.ask(tell, send, job)
      } finally {
        idle(child)
      }
    },
    end: async () => {
      exchange.over('its process was ended')
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.ref()
      child.kill('SIGKILL')
      await gone
    },
  }
}

function start(settings: LaneSettings): ChildProcess {
  const { command, words } = confined(fileURLToPath(INSIDE), [JSON.stringify(settings)])
  return spawn(command, words, {
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

function idle(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}
