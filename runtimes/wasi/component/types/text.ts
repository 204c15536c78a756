/** Strings, in each of the three encodings a component may choose. */
import { Halt } from '../../halt.ts'
import { extentCodec } from './list.ts'
import type { Encoding } from './encoding.ts'
import type { Extent } from './list.ts'
import type { Place } from '../abi/place.ts'
import type { ValueType } from './type.ts'

/** In a length of latin1+utf16: the string is in the latter. */
const UTF16_TAG = 2 ** 31
/** Parameters of one call of `String.fromCharCode`. */
const CHARACTERS_AT_ONCE = 4_096

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16Decoder = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })

export const STRING_TYPE: ValueType = {
  form: { kind: 'string' },
  ...extentCodec(
    (place, extent) => READERS[place.encoding](place, extent),
    (place, value) => WRITERS[place.encoding](place, value as string),
  ),
  parts: 1,
  depth: 1,
}

const READERS: Readonly<Record<Encoding, (place: Place, extent: Extent) => string>> = {
  utf8: (place, { at, length }) => decode(utf8Decoder, text(place, at, length, 1)),
  utf16: (place, { at, length }) => decode(utf16Decoder, text(place, at, 2 * length, 2)),
  'latin1+utf16': (place, { at, length }) =>
    length < UTF16_TAG
      ? latin1(text(place, at, length, 2))
      : decode(utf16Decoder, text(place, at, 2 * (length - UTF16_TAG), 2)),
}

const WRITERS: Readonly<Record<Encoding, (place: Place, value: string) => Extent>> = {
  utf8: (place, value) => {
    const bytes = utf8Encoder.encode(value)
    return { at: put(place, bytes, 1), length: bytes.length }
  },
  utf16: (place, value) => ({ at: put(place, utf16Bytes(value), 2), length: value.length }),
  'latin1+utf16': (place, value) =>
    isLatin1(value)
      ? { at: put(place, latin1Bytes(value), 2), length: value.length }
      : { at: put(place, utf16Bytes(value), 2), length: value.length + UTF16_TAG },
}

function text(place: Place, at: number, length: number, alignment: number): Uint8Array {
  place.chargeBytes(length)
  return place.bytes(at, length, alignment)
}

function put(place: Place, bytes: Uint8Array, alignment: number): number {
  place.chargeBytes(bytes.length)
  const at = place.reserve(bytes.length, alignment)
  place.bytes(at, bytes.length, alignment).set(bytes)
  return at
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Halt('TRAP', `a string that is not ${decoder.encoding}`)
  }
}

function latin1(bytes: Uint8Array): string {
  let decoded = ''
  for (let at = 0; at < bytes.length; at += CHARACTERS_AT_ONCE) {
    decoded += String.fromCharCode(...bytes.subarray(at, at + CHARACTERS_AT_ONCE))
  }
  return decoded
}

function isLatin1(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    if (value.charCodeAt(index) > 0xff) return false
  }
  return true
}

function latin1Bytes(value: string): Uint8Array {
  return Uint8Array.from({ length: value.length }, (_, index) => value.charCodeAt(index))
}

function utf16Bytes(value: string): Uint8Array {
  const bytes = new Uint8Array(2 * value.length)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < value.length; index += 1) {
    view.setUint16(2 * index, value.charCodeAt(index), true)
  }
  return bytes
}
