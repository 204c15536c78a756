/**
 * The arguments of a call of a program: one strict DAG-CBOR map (spec/preview1.md, "Arguments").
 *
 *   call = { ? "env": { * name => text }, ? "args": [* text], ? "files": { * place => cid },
 *            ? "stdin": bytes, ? "scratch": place }
 */
import { refuse } from '../../../kernel/index.ts'
import { DAG_CBOR_PROFILE, decodeCbor, isCid } from '../../../promisebase/index.ts'
import { PROGRAM_LIMITS } from './limits.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from '../../../promisebase/index.ts'
import type { Result } from '../../../kernel/index.ts'

/** What a program is called with. */
export interface ProgramRequest {
  readonly arguments: readonly string[]
  readonly environment: readonly (readonly [name: string, value: string])[]
  readonly input: Uint8Array
  readonly files: readonly Mount[]
  /** Where the program may write; what is named for the same place is what it begins with. */
  readonly scratch?: string
}

/** A file or folder of content, and where a program finds it. */
export interface Mount {
  readonly place: string
  readonly cid: CID
}

const FIELDS = ['args', 'env', 'files', 'scratch', 'stdin']
const NOTHING = new Uint8Array(0)
const utf8 = new TextEncoder()

/** Why arguments are none; thrown within this file alone. */
class Misshapen extends Error {}

export function readRequest(bytes: Uint8Array): Result<ProgramRequest> {
  const decoded = decodeCbor(bytes, { ...DAG_CBOR_PROFILE, maxBytes: bytes.length })
  if (decoded.refused !== undefined) return refuse('SHAPE', `not DAG-CBOR: ${decoded.refused.detail}`)
  try {
    return { ok: requestOf(mapOf(decoded.ok, 'the arguments of a program')) }
  } catch (error) {
    if (error instanceof Misshapen) return refuse('SHAPE', error.message)
    throw error
  }
}

function requestOf(map: CborMap): ProgramRequest {
  for (const key of map.keys())
    if (!FIELDS.includes(String(key))) throw new Misshapen(`unknown field ${JSON.stringify(String(key))}`)
  const given = [...listOf(map.get('args') ?? [])].map((text) => textOf(text, 'an argument'))
  const environment = readEnvironment(map.get('env'))
  checkTexts([...given, ...environment.map(([name, value]) => `${name}=${value}`)])
  const request = {
    arguments: given,
    environment,
    input: inputOf(map.get('stdin') ?? NOTHING),
    files: readFiles(map.get('files')),
  }
  return map.has('scratch') ? { ...request, scratch: placeOf(map.get('scratch') ?? null) } : request
}

function readEnvironment(value: CborValue | undefined): (readonly [string, string])[] {
  if (value === undefined) return []
  return [...mapOf(value, 'env')].map(([name, text]) => {
    const variable = textOf(name, 'the name of a variable')
    if (variable === '' || variable.includes('=')) throw new Misshapen('a variable has a name without =')
    return [variable, textOf(text, 'a variable')]
  })
}

function readFiles(value: CborValue | undefined): Mount[] {
  if (value === undefined) return []
  const mounts = [...mapOf(value, 'files')].map(([place, cid]) => {
    if (!isCid(cid)) throw new Misshapen('files are named by their CID')
    return { place: placeOf(place), cid }
  })
  if (mounts.length > PROGRAM_LIMITS.mounts)
    throw new Misshapen(`${mounts.length} inputs, ${PROGRAM_LIMITS.mounts} are allowed`)
  return mounts
}

function placeOf(value: CborValue): string {
  const place = textOf(value, 'a place')
  const { length } = utf8.encode(place)
  if (length === 0 || length > PROGRAM_LIMITS.placeBytes)
    throw new Misshapen(`a place has 1 to ${PROGRAM_LIMITS.placeBytes} bytes`)
  return place
}

function textOf(value: CborValue, what: string): string {
  if (typeof value !== 'string') throw new Misshapen(`${what} is no text`)
  if (value.includes('\0')) throw new Misshapen(`${what} has a zero byte`)
  return value
}

function inputOf(value: CborValue): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new Misshapen('stdin is bytes')
}

function listOf(value: CborValue): readonly CborValue[] {
  if (Array.isArray(value)) return value
  throw new Misshapen('args is a list')
}

function mapOf(value: CborValue, what: string): CborMap {
  if (value instanceof Map) return value
  throw new Misshapen(`${what} is a map`)
}

function checkTexts(texts: readonly string[]): void {
  if (texts.length > PROGRAM_LIMITS.texts)
    throw new Misshapen(`${texts.length} arguments and variables, ${PROGRAM_LIMITS.texts} are allowed`)
  const bytes = texts.reduce((sum, text) => sum + utf8.encode(text).length, 0)
  if (bytes > PROGRAM_LIMITS.textBytes)
    throw new Misshapen(
      `arguments and variables have ${bytes} bytes, ${PROGRAM_LIMITS.textBytes} are allowed`,
    )
}
