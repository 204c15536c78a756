/** `call`: other handlers, with what the message lends. */
import { FieldReader } from '../../host/fields.ts'
import { listType } from '../types/list.ts'
import { recordType } from '../types/record.ts'
import { variantType } from '../types/variant.ts'
import { host } from '../wasi/offer.ts'
import { boundedList } from './bounded-list.ts'
import { askingOf, question } from './question.ts'
import { asBytes, bytes, text, textOf, u32, u64, utf8 } from './types.ts'
import type { Answer } from '../../host/answer.ts'
import type { Field } from '../../host/fields.ts'
import type { Case, Value } from '../types/value.ts'
import type { Offered } from '../wasi/offer.ts'

const INDEX_BYTES = 4

const space = recordType(['name', 'prefix'], [text, bytes])
const subject = variantType([
  { name: 'none', type: undefined },
  { name: 'space', type: space },
  { name: 'labels', type: text },
])
const request = recordType(
  ['capability', 'protocol', 'method', 'arguments', 'lend', 'about', 'fuel'],
  [u32, bytes, text, bytes, listType(u32), subject, u64],
)

const ownedSpace = recordType(['owner', 'name', 'prefix'], [text, text, bytes])
const ownedLabels = recordType(['owner', 'labels'], [text, text])
const granted = variantType([
  { name: 'node', type: text },
  { name: 'code', type: bytes },
  { name: 'space', type: ownedSpace },
  { name: 'labels', type: ownedLabels },
])
const grant = recordType(['about', 'expires', 'methods'], [granted, u64, listType(text)])

export const CALL: Offered = {
  functions: {
    table: host([], u32, (world) => askingOf(world).call.authority?.size ?? 0),
    'grant-of': question('call_grant', [u32], { type: grant, read: readGrant }),
    call: question('call', [request], asBytes, ([asked]) => requestFields(asked as readonly Value[])),
  },
}

function requestFields(values: readonly Value[]): readonly Field[] {
  const [capability, protocol, method, input, lend, about, fuel] = values
  const indices = boundedList(lend).map((index) => indexBytes(index as number))
  return [
    ...[capability as number, protocol as Uint8Array, utf8(method), input as Uint8Array],
    ...[indices.length, ...indices],
    ...subjectFields(about as Case),
    Math.min(Number(fuel), Number.MAX_SAFE_INTEGER),
  ]
}

/** The kind of resource as the question has it (spec/host-functions.md, "Call"), a name, and a prefix. */
const SUBJECT_KINDS = [0, 2, 3] as const

function subjectFields({ index, value }: Case): readonly Field[] {
  const kind = SUBJECT_KINDS[index] ?? 0
  const none = new Uint8Array(0)
  if (kind === 0) return [kind, none, none]
  if (kind === 3) return [kind, utf8(value), none]
  const [name, prefix] = value as readonly Value[]
  return [kind, utf8(name), prefix as Uint8Array]
}

function indexBytes(index: number): Uint8Array {
  const written = new Uint8Array(INDEX_BYTES)
  new DataView(written.buffer).setUint32(0, index, true)
  return written
}

function readGrant({ bytes: written }: Answer): Value {
  const fields = new FieldReader(written)
  const kind = fields.number()
  const [owner, name, prefix] = [textOf(fields.bytes()), fields.bytes(), fields.bytes()]
  const about = [owner, name, [owner, textOf(name), prefix], [owner, textOf(name)]][kind] as Value
  const expires = BigInt(fields.number())
  return [{ index: kind, value: about }, expires, fields.list().map(textOf)]
}
