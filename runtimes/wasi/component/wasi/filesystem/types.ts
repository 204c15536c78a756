/** The types of values of `wasi:filesystem/types`, and values of them. */
import { sizeOf } from '../../../files/node.ts'
import { DATETIME, datetimeOf, nanosecondsOf } from '../clocks.ts'
import { FAULT } from '../../../files/fault.ts'
import { flagsType } from '../../types/flags.ts'
import { recordType } from '../../types/record.ts'
import { Resource } from '../../types/resource.ts'
import { SCALAR_TYPES } from '../../types/scalar.ts'
import { STRING_TYPE } from '../../types/text.ts'
import { enumType, optionType, variantType } from '../../types/variant.ts'
import type { FileSystemNode } from '../../../files/node.ts'
import type { NewTime } from '../../../files/times.ts'
import type { Case, Value } from '../../types/value.ts'

const { u64 } = SCALAR_TYPES

export const DESCRIPTOR = new Resource('descriptor')
export const ENTRY_STREAM = new Resource('directory-entry-stream')

const KINDS = [
  'unknown',
  'block-device',
  'character-device',
  'directory',
  'fifo',
  'symbolic-link',
  'regular-file',
  'socket',
]
export const DESCRIPTOR_TYPE = enumType(KINDS)

const KIND_OF = { folder: 'directory', link: 'symbolic-link', file: 'regular-file' } as const

export function kindOf({ kind }: FileSystemNode): Case {
  return { index: KINDS.indexOf(KIND_OF[kind]) }
}

/** By their bits. */
export const DESCRIPTOR_FLAG = {
  read: 1,
  write: 2,
  fileSync: 4,
  dataSync: 8,
  readSync: 16,
  mutate: 32,
} as const
export const DESCRIPTOR_FLAGS = flagsType([
  'read',
  'write',
  'file-integrity-sync',
  'data-integrity-sync',
  'requested-write-sync',
  'mutate-directory',
])

export const FOLLOW = 1
export const PATH_FLAGS = flagsType(['symlink-follow'])

export const OPEN_FLAG = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const
export const OPEN_FLAGS = flagsType(['create', 'directory', 'exclusive', 'truncate'])

export const ADVICE = enumType(['normal', 'sequential', 'random', 'will-need', 'dont-need', 'no-reuse'])

const time = optionType(DATETIME)

export const DESCRIPTOR_STAT = recordType(
  [
    'type',
    'link-count',
    'size',
    'data-access-timestamp',
    'data-modification-timestamp',
    'status-change-timestamp',
  ],
  [DESCRIPTOR_TYPE, u64, u64, time, time, time],
)

export function statOf(node: FileSystemNode): Value {
  const { accessed, modified, changed } = node.times
  const times = [accessed, modified, changed].map((each) => some(datetimeOf(each)))
  return [kindOf(node), BigInt(node.links), BigInt(sizeOf(node)), ...times]
}

/** What an option has, that has something. */
export function some(value: Value): Case {
  return { index: 1, value }
}

export const NEW_TIMESTAMP = variantType([
  { name: 'no-change', type: undefined },
  { name: 'now', type: undefined },
  { name: 'timestamp', type: DATETIME },
])
const NOW = 1

/** @throws {Fault} for a time that is none */
export function newTimeOf(value: Value | undefined): NewTime {
  const { index, value: datetime } = value as Case
  if (datetime === undefined) return index === NOW ? 'now' : undefined
  const nanoseconds = nanosecondsOf(datetime as readonly Value[])
  if (nanoseconds === undefined) throw FAULT.inval
  return nanoseconds
}

export const DIRECTORY_ENTRY = recordType(['type', 'name'], [DESCRIPTOR_TYPE, STRING_TYPE])

export const METADATA_HASH = recordType(['lower', 'upper'], [u64, u64])

/** Which object it is, and how often it was changed: no two states of a run have the same. */
export function metadataHashOf({ ino, changes }: FileSystemNode): Value {
  return [BigInt(ino), BigInt(changes)]
}
