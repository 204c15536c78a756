/** Tells a lane what it asks, from the powers of the call it works on, and nothing that no guest of this call could ask. */
import { createStrictAnswerer } from '../host/strict-answerer.ts'
import { NamedBlocks } from './named-blocks.ts'
import type { Deferred, RuntimeCall } from '../../../kernel/index.ts'
import type { Ask, Told } from './job.ts'

export interface Teller {
  /** The promise this call has made. */
  readonly deferred: Deferred | undefined
  /** @throws {Unaskable} for what no guest of this call asks; what the host could not answer for */
  tell(ask: Ask): Promise<Told>
}

export function tellerOf(call: RuntimeCall): Teller {
  const answerer = createStrictAnswerer(call)
  const named = new NamedBlocks(call)
  return {
    get deferred() {
      return answerer.deferred
    },
    tell: async (ask) => {
      if (ask.kind === 'asks-block') return { kind: 'told-block', bytes: await named.get(ask.cid) }
      const answer = await answerer.ask(ask.name, ask.question, ask.room)
      await answerer.readAhead()
      return { kind: 'told', answer, defers: answerer.deferred !== undefined }
    },
  }
}
