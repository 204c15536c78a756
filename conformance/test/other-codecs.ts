/**
 * Two other libraries beside our scan, and every way in which they may differ from it. Their verdict is made as
 * strict as it can be: they decode with their strictest options, encode again, and the bytes must not have
 * changed. A difference that none of the names below explains is a finding (spec/encoding.md, "Other readers").
 */
import * as dagCbor from '@ipld/dag-cbor'
import * as cborg from 'cborg'
import { CborFloat, DAG_CBOR_PROFILE, decodeCbor, FOREIGN_PROFILE, isTagged } from 'promisegrid/promisebase'
import type { CborProfile, CborResult, CborValue } from 'promisegrid/promisebase'
import type { OtherCodecs } from '../fuzz/target.ts'

/** What cborg can be asked about: no tags and no simple values, everything else. */
const PLAIN_PROFILE: CborProfile = { ...FOREIGN_PROFILE, name: 'plain', tags: new Set(), simple: 'plain' }

type Refused = { readonly code: string; readonly detail: string }

/** Why they may take what we refuse, told by our refusal; or why they may refuse what we take, by its value. */
type Difference =
  | { readonly says: string; readonly wide: (refused: Refused, bytes: Uint8Array) => boolean }
  | { readonly says: string; readonly narrow: (value: CborValue) => boolean }

const byteOrderMark: Difference = {
  says: 'cuts a byte order mark off the beginning of a text',
  narrow: (value) => some(value, (item) => typeof item === 'string' && item.startsWith('\ufeff')),
}

const wholeFloat: Difference = {
  says: 'has no float that is a whole number: it becomes an integer',
  narrow: (value) => some(value, (item) => item instanceof CborFloat && Number.isInteger(item.value)),
}

/** The floats of 16 bits below 2^-14, which have no leading bit. */
const isSmallHalf = (value: number): boolean =>
  Math.abs(value) < 2 ** -14 && Number.isInteger(value * 2 ** 24)

const smallHalf: Difference = {
  says: 'writes small floats of 16 bits otherwise than it read them',
  narrow: (value) => some(value, (item) => typeof item === 'number' && isSmallHalf(item)),
}

const smallHalfInSingle: Difference = {
  says: 'writes small floats of 16 bits with 32',
  wide: ({ detail }, bytes) => {
    const at = Number(/^a float of the wrong width.* at byte (\d+)$/.exec(detail)?.[1] ?? NaN)
    const isSingle = bytes[at] === 0xfa
    return isSingle && isSmallHalf(new DataView(bytes.buffer, bytes.byteOffset).getFloat32(at + 1))
  },
}

const hasContainerKey = (value: CborValue): boolean =>
  some(
    value,
    (item) => item instanceof Map && [...item.keys()].some((key) => Array.isArray(key) || key instanceof Map),
  )

const containerKey: Difference = {
  says: 'puts keys that are arrays or maps in another order',
  narrow: hasContainerKey,
}

const containerKeyUnsorted: Difference = {
  says: 'takes keys that are arrays or maps in another order',
  wide: ({ detail }, bytes) =>
    detail.startsWith('keys are not sorted') &&
    hasContainerKey(cborg.decode(bytes, CBORG_STRICT) as CborValue),
}

/** Such a key is an object to it, and no two objects are one. */
const containerKeyTwice: Difference = {
  says: 'takes a key that is an array or a map twice',
  wide: ({ detail }, bytes) =>
    detail.startsWith('a key occurs twice') &&
    hasContainerKey(cborg.decode(bytes, CBORG_STRICT) as CborValue),
}

/** The strictest that cborg can be asked to be without losing values. */
const CBORG_STRICT = {
  strict: true,
  allowIndefinite: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
  allowUndefined: false,
} as const

const DIFFERENCES: Readonly<Record<'cborg' | 'dag-cbor', readonly Difference[]>> = {
  cborg: [
    byteOrderMark,
    wholeFloat,
    smallHalf,
    smallHalfInSingle,
    containerKey,
    containerKeyUnsorted,
    containerKeyTwice,
  ],
  'dag-cbor': [byteOrderMark, wholeFloat],
}

export const otherCodecs: OtherCodecs = {
  unexplained: (bytes, count) => [
    ...judge('cborg', bytes, decodeCbor(bytes, PLAIN_PROFILE), cborgTakes(bytes), count),
    ...judge('dag-cbor', bytes, decodeCbor(bytes, DAG_CBOR_PROFILE), dagCborTakes(bytes), count),
  ],
}

function judge(
  library: keyof typeof DIFFERENCES,
  bytes: Uint8Array,
  ours: CborResult<CborValue>,
  isTaken: boolean,
  count: (difference: string) => void,
): readonly string[] {
  const { ok, refused } = ours
  if (isTaken === (refused === undefined)) return []
  const known = DIFFERENCES[library].find((each) =>
    refused === undefined ? 'narrow' in each && each.narrow(ok) : 'wide' in each && each.wide(refused, bytes),
  )
  if (known !== undefined) count(`${library} ${known.says}`)
  else if (refused === undefined) return [`${library} refuses what we take`]
  else return [`${library} takes what we refuse (${refused.code}: ${refused.detail})`]
  return []
}

/** Whether an item in the value, keys included, is such a one. */
function some(value: CborValue, isOne: (item: CborValue) => boolean): boolean {
  if (isOne(value)) return true
  if (Array.isArray(value)) return value.some((item) => some(item, isOne))
  if (isTagged(value)) return some(value.value, isOne)
  return value instanceof Map && [...value].some((entry) => some(entry[0], isOne) || some(entry[1], isOne))
}

function cborgTakes(bytes: Uint8Array): boolean {
  return isFixedPoint(bytes, () => {
    const decoded: unknown = cborg.decode(bytes, CBORG_STRICT)
    return cborg.encode(decoded, cborg.rfc8949EncodeOptions)
  })
}

function dagCborTakes(bytes: Uint8Array): boolean {
  return isFixedPoint(bytes, () => dagCbor.encode(dagCbor.decode(bytes)))
}

function isFixedPoint(bytes: Uint8Array, again: () => Uint8Array): boolean {
  try {
    return Buffer.compare(bytes, again()) === 0
  } catch {
    return false
  }
}
