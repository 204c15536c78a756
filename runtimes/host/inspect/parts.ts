/** Parts of encoded things, each in diagnostic notation. */
import { CLAIM } from '../../../kernel/index.ts'
import { CORE_PROFILE, decodeCbor, diagnose, elementOffsets, encodeCbor } from '../../../promisebase/index.ts'
import type { CborValue } from '../../../promisebase/index.ts'
import type { Part } from './item.ts'

const CLAIM_NAMES = new Map(Object.entries(CLAIM).map(([name, label]): [CborValue, string] => [label, name]))
const PLACES = ['protected header', 'unprotected header', 'payload', 'signature']
/** Wide enough that a part stays on one line while anybody could read it. */
const WIDTH = 400

export function notation(bytes: Uint8Array): string {
  return diagnose(bytes, { width: WIDTH })
}

/** A claim each, by its name; one part when they are no map. */
export function claimParts(claims: Uint8Array): Part[] {
  const decoded = decodeCbor(claims, CORE_PROFILE)
  if (!(decoded.ok instanceof Map)) return [{ name: 'claims', value: notation(claims), isNamed: true }]
  return [...decoded.ok].map(([label, value]) => ({
    name: `claim ${claimName(label)}`,
    value: notation(encodeCbor(value)),
    isNamed: true,
  }))
}

export function claimName(label: CborValue): string {
  return CLAIM_NAMES.get(label) ?? notation(encodeCbor(label))
}

/** Headers, payload and signatures of a COSE object; of them only a payload can be what an id names. */
export function coseParts(bytes: Uint8Array, hasPayload: boolean): Part[] {
  const elements = elementsAt(bytes, tagBytes(bytes))
  return elements.flatMap((element, index) => {
    const name = PLACES[index] ?? `part ${index + 1}`
    if (name === 'payload' && !hasPayload) return []
    const isHeader = index === 0
    return [{ name, value: isHeader ? embedded(element) : notation(element), isNamed: name === 'payload' }]
  })
}

/** The elements of the array at `start`, as received. */
export function elementsAt(bytes: Uint8Array, start: number): Uint8Array[] {
  const offsets = elementOffsets(bytes, start)
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end))
}

function embedded(bytes: Uint8Array): string {
  return diagnose(bytes, { width: WIDTH, embedded: true })
}

/** Tags in front of the array: their heads are short for COSE. */
function tagBytes(bytes: Uint8Array): number {
  const info = (bytes[0] ?? 0) & 0x1f
  if ((bytes[0] ?? 0) >> 5 !== 6) return 0
  return info < 24 ? 1 : 1 + (1 << (info - 24))
}
