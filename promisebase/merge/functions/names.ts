/** Merge functions of the program are named like native handlers: the raw CID of the text `promisegrid:merge/NAME/VERSION`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { CODEC, hashBlock } from '../../cid.ts'
import type { CID } from 'multiformats/cid'

/** @throws {TypeError} for another name than small letters, digits and hyphens @throws {RangeError} for the version */
export function mergeFunctionCid(name: string, version = 1): CID {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
    throw new TypeError('name must be lower-case letters, digits and hyphens')
  if (!Number.isSafeInteger(version) || version < 1)
    throw new RangeError('version must be a whole number from 1')
  return hashBlock(sha256, CODEC.raw, new TextEncoder().encode(`promisegrid:merge/${name}/${version}`))
}

/** What makes the merge of two heads that have one content, where their history names no function. */
export const SAME = mergeFunctionCid('same')
