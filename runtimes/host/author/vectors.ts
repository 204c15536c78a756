/** Vectors of a handler: what each method answers to an input, or how it refuses it. */
import { join } from 'node:path'

import { HostError } from '../host-error.ts'
import { isAnswer, resultType, shownAnswer } from './answer.ts'
import { mapOf, readJsonFile } from './json-file.ts'
import { BYTES_FIX, bytesOf, isBytes, isJson } from './vector-bytes.ts'
import type { CID } from 'multiformats/cid'
import type { Resource } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Bytes } from './vector-bytes.ts'

const VECTORS = 'vectors.json'

export interface Vector {
  readonly note?: string
  readonly method: string
  readonly input?: Bytes
  /** Exactly one of the two: the answer, or part of what a failure says, or its code. */
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

/** @throws {HostError} MISSING without vectors, FILE for what is none */
export function readVectors(folder: string): Promise<readonly Vector[]> {
  return readVectorsOf(
    folder,
    isVector,
    `a vector has "method", "input" and one of "output" and "error"; ${BYTES_FIX}`,
  )
}

/** The same of any kind. */
export async function readVectorsOf<Kind>(
  folder: string,
  isKind: (value: unknown) => value is Kind,
  fix: string,
): Promise<readonly Kind[]> {
  const vectors = await readJsonFile(folder, VECTORS, `write a list of vectors: ${fix}`)
  if (!Array.isArray(vectors) || vectors.length === 0)
    throw new HostError('FILE', `${join(folder, VECTORS)} is not a list of vectors in JSON`, { fix })
  return vectors.map((vector: unknown, at) => {
    if (isKind(vector)) return vector
    throw new HostError('FILE', `vector ${at + 1} of ${VECTORS} cannot be taken`, { fix })
  })
}

/** Calls the handler with each of them, as a caller would, acting on the resource if one is given. */
export async function tryVectors(
  host: Host,
  protocol: CID,
  vectors: readonly Vector[],
  resource?: Resource,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const vector of vectors) verdicts.push(await tryVector(host, protocol, vector, resource))
  return verdicts
}

async function tryVector(
  host: Host,
  protocol: CID,
  vector: Vector,
  resource: Resource | undefined,
): Promise<Verdict> {
  const { method, note = method, input = '', output, error } = vector
  const told = await host.call({ protocol, method, input: bytesOf(input), ...(resource && { resource }) })
  const seen = { note, method }
  if (told.status === 'kept') {
    const type = await resultType(host, protocol, method)
    const passed = output !== undefined && isAnswer(type, output, told.bytes)
    const got = shownAnswer(type !== undefined || isJson(output), told.bytes)
    return { ...seen, passed, fuel: told.fuel, ...(passed ? {} : { got }) }
  }
  const said = `${told.code}: ${told.detail ?? ''}`
  const passed = error !== undefined && said.includes(error)
  // How a message is mended helps nobody here.
  return { ...seen, passed, ...(passed ? {} : { got: said.replace(/\. Fix: [^]*$/, '') }) }
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
