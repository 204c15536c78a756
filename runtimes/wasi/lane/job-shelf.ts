/** The shelf of a lane: what its host gave along with the job that is worked on. */
import type { Channel } from './channel.ts'
import type { Given, Job } from './job.ts'
import type { ModuleShelf } from '../shelf.ts'

export class JobShelf implements ModuleShelf {
  readonly #channel: Channel
  readonly #keeps: boolean
  #given: Given = {}

  constructor(channel: Channel, keeps: boolean) {
    this.#channel = channel
    this.#keeps = keeps
  }

  begin(job: Job): void {
    if (job.kind === 'run') this.#given = job
  }

  /** What was given may be large, and the next job may be long in coming. */
  done(): void {
    this.#given = {}
  }

  /** Where no engine has looked at the code, this one does, before it is given what the rewriter made of that. */
  async get(): Promise<Uint8Array | undefined> {
    const { code, entry, isUnjudged = false } = this.#given
    if (isUnjudged && !WebAssembly.validate(new Uint8Array(code ?? []))) return undefined
    return entry
  }

  /** Said at once, and so before the answer of the job. */
  async put(_name: string, entry: Uint8Array): Promise<void> {
    if (this.#keeps) this.#channel.keep(entry)
  }
}
