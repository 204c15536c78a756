/** The verdict table on this node: by its own cryptography, and in plain JavaScript. */
import { openVectorSet } from '../../../../conformance/vector-sets.ts'
import { nobleAgreement, nobleCipher, nobleCrypto } from '../../../../promisebase/index.ts'
import { nodeAgreement } from '../../powers/agreement.ts'
import { nodeCipher } from '../../powers/cipher.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import type { Providers, ReadVectors } from './case.ts'

export const ours: Providers = { crypto: nodeCrypto, agreement: nodeAgreement, cipher: nodeCipher }
export const plain: Providers = { crypto: nobleCrypto, agreement: nobleAgreement, cipher: nobleCipher }

export const readVectors: ReadVectors = (name, file) => {
  const set = openVectorSet(name)
  if (set.skipped !== undefined) return undefined
  return file.endsWith('.json') ? set.json(file) : set.text(file)
}
