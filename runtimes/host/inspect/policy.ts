/** A policy record: what it changes in its grid, in words. */
import { readPolicyRecord } from '../../../kernel/index.ts'
import { encodeCbor } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { count, instant } from '../terminal/units.ts'
import { algorithmName } from './algorithm-names.ts'
import { notation } from './parts.ts'
import { verdictAmong } from './signers.ts'
import type { CborValue } from '../../../promisebase/index.ts'
import type { Explained } from './item.ts'
import type { Signers } from './signers.ts'

const OPEN = 'none of the keys known here has signed it; name a root with --key'

/** Whether a signer is a root in force, only the policy before the record tells. */
export function explainPolicy(bytes: Uint8Array, signers: Signers): Explained {
  const read = readPolicyRecord(nodeCrypto, bytes)
  if (read.refused !== undefined) return { verdict: { signature: 'broken', refused: read.refused } }
  const { grid, seq, previous, issuedAt, body, signature } = read.ok
  const changes = [...body].map(([name, value]) => [String(name), changeText(String(name), value)])
  return {
    verdict: verdictAmong(signers, signature, OPEN),
    rows: [
      ['in grid', grid.toString()],
      ['number', count(seq)],
      ['follows', previous?.toString() ?? 'the genesis block: it is the first'],
      ['issued', instant(issuedAt)],
      ...(changes.length === 0 ? [['changes', 'nothing']] : changes),
    ],
    facts: {
      grid: grid.toString(),
      seq,
      ...(previous === undefined ? {} : { previous: previous.toString() }),
      issuedAt,
      changes: Object.fromEntries([...body].map(([name, value]) => [String(name), factOf(value)])),
    },
  }
}

/** A body is not looked into before its turn comes: it may say anything. */
function changeText(name: string, value: CborValue): string {
  if (!Array.isArray(value)) return notation(encodeCbor(value))
  if (value.length === 0) return 'none'
  const isAlgorithm = name === 'algorithms'
  return value
    .map((each) => {
      if (isAlgorithm && typeof each === 'number') return algorithmName(each)
      return typeof each === 'string' ? each : notation(encodeCbor(each))
    })
    .join(', ')
}

function factOf(value: CborValue): unknown {
  if (typeof value === 'number' || typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(factOf)
  return notation(encodeCbor(value))
}
