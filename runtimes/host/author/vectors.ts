/** Vectors of a handler: what each method answers to an input, or how it refuses it. */
import { join } from 'node:path'

import { encodeDagCbor } from '../../../promisebase/index.ts'
import { readDagJson } from '../content/dag-json.ts'
import { HostError } from '../host-error.ts'
import { mapOf, readJsonFile } from './json-file.ts'
import type { CID } from 'multiformats/cid'
import type { Host } from '../interface.ts'

const VECTORS = 'vectors.json'

/** A text; or any bytes in hexadecimal; or a value as DAG-JSON, which stands for its DAG-CBOR. */
type Bytes = string | { readonly hex: string } | { readonly json: unknown }

export interface Vector {
  readonly note?: string
  readonly method: string
  readonly input?: Bytes
  /** Exactly one of the two: the bytes of the answer, or part of what a failure says, or its code. */
  readonly output?: Bytes
  readonly error?: string
}

export interface Verdict {
  readonly note: string
  readonly method: string
  readonly passed: boolean
  /** What came instead, where it did not pass. */
  readonly got?: string
  readonly fuel?: number
}

/** @throws {HostError} MISSING without vectors, DATA for what is none */
export async function readVectors(folder: string): Promise<readonly Vector[]> {
  const path = join(folder, VECTORS)
  const vectors = await readJsonFile(folder, VECTORS)
  if (!Array.isArray(vectors) || vectors.length === 0)
    throw new HostError('DATA', `${path} is not a list of vectors in JSON`)
  vectors.forEach((vector, at) => {
    if (!isVector(vector))
      throw new HostError('DATA', `vector ${at + 1} of ${VECTORS} cannot be taken`, {
        fix: 'a vector has "method", "input" and one of "output" and "error"; bytes are a text, { "hex": "00ff" } or { "json": value }',
      })
  })
  return vectors as readonly Vector[]
}

/** Calls the handler with each of them, as a caller would. */
export async function tryVectors(
  host: Host,
  protocol: CID,
  vectors: readonly Vector[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const vector of vectors) verdicts.push(await tryVector(host, protocol, vector))
  return verdicts
}

async function tryVector(host: Host, protocol: CID, vector: Vector): Promise<Verdict> {
  const { method, note = method, input = '', output, error } = vector
  const told = await host.call({ protocol, method, input: bytesOf(input) })
  const seen = { note, method }
  if (told.status === 'kept') {
    const passed = output !== undefined && Buffer.from(told.bytes).equals(bytesOf(output))
    return { ...seen, passed, fuel: told.fuel, ...(passed ? {} : { got: shown(told.bytes) }) }
  }
  const said = `${told.code}: ${told.detail ?? ''}`
  const passed = error !== undefined && said.includes(error)
  return { ...seen, passed, ...(passed ? {} : { got: said }) }
}

/** Text where it is text; bytes of any other kind in hexadecimal. */
export function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes)
    ? JSON.stringify(text)
    : `hex ${Buffer.from(bytes).toString('hex')}`
}

function bytesOf(bytes: Bytes): Uint8Array {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8')
  return 'hex' in bytes
    ? Buffer.from(bytes.hex, 'hex')
    : encodeDagCbor(readDagJson(JSON.stringify(bytes.json)))
}

function isVector(value: unknown): value is Vector {
  const { method, input, output, error, note } = mapOf(value) ?? {}
  return (
    typeof method === 'string' &&
    [note, error].every((text) => text === undefined || typeof text === 'string') &&
    [input, output].every((bytes) => bytes === undefined || isBytes(bytes)) &&
    (output === undefined) !== (error === undefined)
  )
}

function isBytes(value: unknown): value is Bytes {
  if (typeof value === 'string') return true
  const { hex, json, ...others } = mapOf(value) ?? {}
  if (Object.keys(others).length > 0 || (hex === undefined) === (json === undefined)) return false
  if (hex === undefined) return isDagJson(json)
  return typeof hex === 'string' && /^([0-9a-f]{2})*$/i.test(hex)
}

function isDagJson(value: unknown): boolean {
  try {
    readDagJson(JSON.stringify(value))
    return true
  } catch {
    return false
  }
}
