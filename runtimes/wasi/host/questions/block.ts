/** Questions about blocks, by their CID as bytes. */
import { parseCid } from '../../../../promisebase/index.ts'
import { done, found, given, refusedWith } from '../answer.ts'
import { stateOf } from '../powers.ts'
import type { Questions } from '../question.ts'

const BLOCK = 'block '

export const BLOCK_QUESTIONS = {
  block_get: (powers, fields) => {
    const bytes = fields.bytes()
    const state = stateOf(powers)
    const cid = parseCid(bytes)
    if (cid.refused !== undefined) return refusedWith(cid.refused)
    const read = powers.ahead.take(BLOCK, bytes)
    return read === undefined ? state.getBlock(cid.ok).then(found) : found(read.value)
  },
  block_ahead: (powers, fields) => {
    const bytes = fields.bytes()
    const state = stateOf(powers)
    const cid = parseCid(bytes)
    if (cid.refused === undefined) powers.ahead.add(BLOCK, bytes, () => state.getBlock(cid.ok))
    return done
  },
  block_put: (powers, fields) => {
    const [codec, bytes] = [fields.number(), fields.bytes()]
    const cid = stateOf(powers).putBlock(bytes, codec)
    // It may have been read ahead when it was not here.
    powers.ahead.forget(BLOCK, cid.bytes)
    return given(cid.bytes)
  },
} satisfies Questions
