/** The tokens a node keeps: its adoptions, and those it was given to keep. */
import { SPACE } from '../spaces.ts'
import { readToken } from './token.ts'
import type { Capability } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** In no particular order. Their signatures were verified when they were kept. */
export async function* keptTokens({ powers, keys }: KernelState): AsyncGenerator<Capability> {
  const snapshot = powers.store.snapshot()
  try {
    for await (const { value } of snapshot.range(SPACE.tokens)) {
      const { ok } = readToken(powers.crypto, keys, value)
      // One of a later format: there is nothing to be said about it, and it opens nothing here.
      if (ok !== undefined) yield ok.capability
    }
  } finally {
    snapshot.close()
  }
}
