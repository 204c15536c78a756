/** Bytes as vectors write them, and as people are shown them. */
import { encodeDagCbor } from '../../../promisebase/index.ts'
import { readDagJson } from '../content/dag-json.ts'
import { mapOf } from './json-file.ts'

/** A text; or any bytes in hexadecimal; or a value as DAG-JSON, which stands for its DAG-CBOR. */
export type Bytes = string | { readonly hex: string } | { readonly json: unknown }

/** How to write them, for whoever has not. */
export const BYTES_FIX = 'bytes are a text, { "hex": "00ff" } or { "json": value }'

export function bytesOf(bytes: Bytes): Uint8Array {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8')
  return 'hex' in bytes
    ? Buffer.from(bytes.hex, 'hex')
    : encodeDagCbor(readDagJson(JSON.stringify(bytes.json)))
}

/** Whether it is written as a value. */
export function isJson(bytes: Bytes | undefined): bytes is { readonly json: unknown } {
  return typeof bytes === 'object' && 'json' in bytes
}

export function isBytes(value: unknown): value is Bytes {
  if (typeof value === 'string') return true
  const { hex, json, ...others } = mapOf(value) ?? {}
  if (Object.keys(others).length > 0 || (hex === undefined) === (json === undefined)) return false
  if (hex === undefined) return isDagJson(json)
  return typeof hex === 'string' && /^([0-9a-f]{2})*$/i.test(hex)
}

/** Text where it is text; bytes of any other kind in hexadecimal. */
export function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes)
    ? JSON.stringify(text)
    : `hex ${Buffer.from(bytes).toString('hex')}`
}

function isDagJson(value: unknown): boolean {
  try {
    readDagJson(JSON.stringify(value))
    return true
  } catch {
    return false
  }
}
