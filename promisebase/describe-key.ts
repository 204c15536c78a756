/** What a key of the store is, for the person who reads that it is damaged. */
import { kindOfKey, labelName, partsOfEntryKey } from './keys.ts'

export function describeKey(key: Uint8Array): string {
  switch (kindOfKey(key)) {
    case 'version':
      return 'the version'
    case 'head':
      return 'the head'
    case 'record':
      return `the commit record in slot ${hex(key.subarray(1))}`
    case 'id':
      return `the transaction ${hex(key.subarray(1))}`
    case 'migration':
      return 'the mark of a migration'
    case 'block':
      return `the block with the multihash ${hex(key.subarray(1))}`
    case 'entry':
      return describeEntry(key)
    case 'label':
      return `the label ${quoted(() => labelName(key))}`
    case undefined:
      return `the key ${hex(key)}`
  }
}

function describeEntry(key: Uint8Array): string {
  const parts = partsOfEntryKey(key)
  return `the entry ${hex(parts?.key ?? key)} of the space ${quoted(() => parts?.space)}`
}

/** A name that is damaged itself need not be text. */
function quoted(name: () => string | undefined): string {
  try {
    return JSON.stringify(name()) ?? '?'
  } catch {
    return '?'
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 64), (octet) => octet.toString(16).padStart(2, '0')).join('')
}
