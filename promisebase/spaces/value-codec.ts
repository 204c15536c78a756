/** Values of typed spaces as octets. */
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { ownBytes } from '../own-bytes.ts'
import type { CborInput, CborValue } from '../cbor/value.ts'

/** How values of one type are kept. */
export interface ValueCodec<In, Out = In> {
  readonly name: string
  /** @throws {TypeError} {RangeError} for what cannot be kept */
  encode(value: In): Uint8Array
  /** @throws {RangeError} for octets that {@link encode} does not give */
  decode(bytes: Uint8Array): Out
}

const utf8 = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const text: ValueCodec<string> = {
  name: 'text',
  encode(value) {
    if (typeof value !== 'string') throw new TypeError('the value must be a string')
    if (/\p{Surrogate}/u.test(value)) throw new TypeError('the value must be well-formed Unicode')
    return utf8.encode(value)
  },
  decode: (bytes) => refusing('UTF-8', () => utf8Decoder.decode(bytes)),
}

const bytes: ValueCodec<Uint8Array> = {
  name: 'bytes',
  encode(value) {
    if (!(value instanceof Uint8Array)) throw new TypeError('the value must be a Uint8Array')
    return ownBytes(value)
  },
  decode: (bytes) => bytes.slice(),
}

/** dag-cbor: one encoding for each value, CIDs as links. Maps come back as `Map`. */
const dagCbor: ValueCodec<CborInput, CborValue> = {
  name: 'dag-cbor',
  encode: (value) => encodeDagCbor(value),
  decode(bytes) {
    const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
    if (decoded.refused) throw new RangeError(`a value is no dag-cbor: ${decoded.refused.detail}`)
    return decoded.ok
  },
}

/** JSON of a type that the caller vouches for: what `JSON.stringify` keeps, and nothing else. */
function json<Value>(): ValueCodec<Value> {
  return {
    name: 'JSON',
    encode(value) {
      const text = JSON.stringify(value) as string | undefined
      if (text === undefined) throw new TypeError('the value has no JSON')
      return utf8.encode(text)
    },
    decode: (bytes) => refusing('JSON', () => JSON.parse(utf8Decoder.decode(bytes)) as Value),
  }
}

/** The codecs of values. */
export const VALUE = { text, bytes, dagCbor, json } as const

function refusing<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new RangeError(`a value is no ${what}`, { cause })
  }
}
