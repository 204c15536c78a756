/** Which keys of a store a backup holds: all but the version, which whoever restores writes as his own. */
import { HEAD_KEY, kindOfKey } from '../../keys.ts'
import { STORE_LIMITS } from '../../store-limits.ts'
import type { KeyKind } from '../../keys.ts'

const RECORD_KEY_BYTES = 3
const ID_KEY_BYTES = 17

/** Undefined for a key that no backup holds, be it that no store has one like it. */
export function copiedKind(key: Uint8Array): KeyKind | undefined {
  const kind = kindOfKey(key)
  return kind !== undefined && isCopied(kind, key) ? kind : undefined
}

function isCopied(kind: KeyKind, key: Uint8Array): boolean {
  switch (kind) {
    case 'head':
      return key.length === HEAD_KEY.length
    case 'record':
      return key.length === RECORD_KEY_BYTES
    case 'id':
      return key.length === ID_KEY_BYTES
    case 'label':
      return isNameLength(key.length - 1)
    case 'entry':
      return isEntryKey(key)
    default:
      return kind === 'block'
  }
}

function isEntryKey(key: Uint8Array): boolean {
  const nameLength = (key[1] ?? 0) * 256 + (key[2] ?? 0)
  const rest = key.length - 3 - nameLength
  return isNameLength(nameLength) && rest >= 0 && rest <= STORE_LIMITS.keyBytes
}

function isNameLength(length: number): boolean {
  return length > 0 && length <= STORE_LIMITS.nameBytes
}
