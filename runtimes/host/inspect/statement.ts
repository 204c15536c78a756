/** A key statement: what its principal says about its keys, in words. */
import { encryptionKeyId, readKeyStatement } from '../../../kernel/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { hex } from '../terminal/claims.ts'
import { count, instant } from '../terminal/units.ts'
import type { KeyRing } from '../../../kernel/index.ts'
import type { AgreementKey } from '../../../promisebase/index.ts'
import type { Explained } from './item.ts'

/** Whether it is the newest of its principal, only a node that keeps them tells. */
export function explainStatement(keys: KeyRing, bytes: Uint8Array): Explained {
  const read = readKeyStatement(nodeCrypto, keys, bytes)
  if (read.refused !== undefined) return { verdict: { signature: 'broken', refused: read.refused } }
  const { issuer, grid, seq, issuedAt, encryptionKeys = [], successor, predecessor } = read.ok
  return {
    verdict: { signature: 'holds', signer: issuer },
    rows: [
      ['by', issuer],
      ['in grid', grid.toString()],
      ['number', count(seq)],
      ['issued', instant(issuedAt)],
      ...encryptionKeys.map((key) => ['encrypt with', keyText(key)]),
      ...(successor === undefined ? [] : [['successor', successor]]),
      ...(predecessor === undefined ? [] : [['predecessor', predecessor]]),
    ],
    facts: {
      issuer,
      grid: grid.toString(),
      seq,
      issuedAt,
      encryptionKeys: encryptionKeys.map(({ algorithm, bytes: key }) => ({ algorithm, key: hex(key) })),
      ...(successor === undefined ? {} : { successor }),
      ...(predecessor === undefined ? {} : { predecessor }),
    },
  }
}

function keyText(key: AgreementKey): string {
  return key.algorithm === 'X-Wing'
    ? `${key.algorithm}, kid ${hex(encryptionKeyId(nodeCrypto, key))}`
    : key.algorithm
}
