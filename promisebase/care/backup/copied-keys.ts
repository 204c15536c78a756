/** Which keys of a store a backup holds: all but the version, which whoever restores writes as his own. */
import { STORE_LIMITS } from '../../store-limits.ts'
import { entryKey, HEAD_KEY, isBlockKey, labelBounds, RECORD_BOUNDS, transactionKey } from '../../keys.ts'

/** `commit` is a commit record, or the id of a transaction. */
export type CopiedKind = 'head' | 'commit' | 'block' | 'entry' | 'label'

const NOTHING = new Uint8Array(0)

const KINDS: ReadonlyMap<number | undefined, CopiedKind> = new Map([
  [HEAD_KEY[0], 'head'],
  [RECORD_BOUNDS.gte[0], 'commit'],
  [transactionKey(NOTHING)[0], 'commit'],
  [entryKey('any', NOTHING)[0], 'entry'],
  [labelBounds('').gte[0], 'label'],
])

/** Undefined for a key that no backup holds, be it that no store has one like it. */
export function keyKind(key: Uint8Array): CopiedKind | undefined {
  if (isBlockKey(key)) return 'block'
  const kind = KINDS.get(key[0])
  return kind !== undefined && hasLengthOf(kind, key) ? kind : undefined
}

const RECORD_KEY_BYTES = 3
const ID_KEY_BYTES = 17

function hasLengthOf(kind: CopiedKind, key: Uint8Array): boolean {
  if (kind === 'head') return key.length === HEAD_KEY.length
  if (kind === 'commit')
    return key.length === (key[0] === RECORD_BOUNDS.gte[0] ? RECORD_KEY_BYTES : ID_KEY_BYTES)
  if (kind === 'label') return isNameLength(key.length - 1)
  const nameLength = (key[1] ?? 0) * 256 + (key[2] ?? 0)
  const rest = key.length - 3 - nameLength
  return isNameLength(nameLength) && rest >= 0 && rest <= STORE_LIMITS.keyBytes
}

function isNameLength(length: number): boolean {
  return length > 0 && length <= STORE_LIMITS.nameBytes
}
