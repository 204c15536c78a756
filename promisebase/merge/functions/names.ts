/** Built-in functions are named like native handlers: the raw CID of the text `promisegrid:merge/NAME/VERSION`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { CODEC, hashBlock } from '../../cid.ts'
import type { CID } from 'multiformats/cid'

export function builtinCid(name: string, version = 1): CID {
  return hashBlock(sha256, CODEC.raw, new TextEncoder().encode(`promisegrid:merge/${name}/${version}`))
}

/** What makes the merge of two heads that have one content; no history has to name it. */
export const SAME = builtinCid('same')
