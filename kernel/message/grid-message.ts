/**
 * The protocol that the tagged form of a message names: the raw CID of a text that never changes. A test holds
 * it against spec/protocols/grid-message-1.md.
 */
import { CODEC, parseCid } from '../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'

/** pCID of our messages in the tagged envelope, version 1. */
export const GRID_MESSAGE: CID = known('bafkreicuqei7vtjeqeviobutgzg2s4lrzpxwuibz3fcg34ffrzhcre4dd4')

function known(text: string): CID {
  const cid = parseCid(text, { codecs: [CODEC.raw] })
  if (cid.refused !== undefined) throw new TypeError(cid.refused.detail)
  return cid.ok
}
