/**
 * The two headers of a COSE layer. What is protected is kept as received, because that is what was signed;
 * certificates and countersignatures stay what they are, items nobody here looks into.
 */
import { refuse } from '../errors.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import { HEADER, UNDERSTOOD } from './labels.ts'
import { readItem } from './item.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseReading } from './item.ts'

export interface CoseHeaders {
  /** As they go into the bytes that are authenticated: received, but a map without entries is no bytes at all. */
  readonly protectedBytes: Uint8Array
  readonly protected: CborMap
  readonly unprotected: CborMap
  /** Of both; undefined where there is none, as in the body of a COSE_Sign. */
  readonly algorithm?: number
  readonly kid?: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** A parameter by its label: the protected one is the one that counts. */
export function parameter(
  headers: Pick<CoseHeaders, 'protected' | 'unprotected'>,
  label: number | string,
): CborValue | undefined {
  return headers.protected.has(label) ? headers.protected.get(label) : headers.unprotected.get(label)
}

export function readHeaders(
  protectedBytes: CborValue | undefined,
  unprotected: CborValue | undefined,
  reading: CoseReading,
): Result<CoseHeaders> {
  if (!(protectedBytes instanceof Uint8Array) || !(unprotected instanceof Map))
    return refuse('SHAPE', 'COSE headers are a byte string and a map')
  const decoded = readProtected(protectedBytes, reading)
  if (decoded.refused !== undefined) return decoded
  const maps = { protected: decoded.ok, unprotected }
  const problem = problemOf(maps, reading)
  if (problem !== undefined) return problem
  const algorithm = algorithmOf(maps)
  if (algorithm.refused !== undefined) return algorithm
  const kid = parameter(maps, HEADER.kid)
  return {
    ok: {
      ...maps,
      protectedBytes: maps.protected.size === 0 ? NOTHING : protectedBytes,
      ...(algorithm.ok === undefined ? {} : { algorithm: algorithm.ok }),
      ...(kid instanceof Uint8Array ? { kid } : {}),
    },
  }
}

/** No bytes are a map without entries; foreign writers also send the map itself (`a0`). */
function readProtected(bytes: Uint8Array, reading: CoseReading): Result<CborMap> {
  if (bytes.length === 0) return { ok: new Map() }
  const decoded = readItem(bytes, reading)
  if (decoded.refused !== undefined) return decoded
  if (!(decoded.ok instanceof Map)) return refuse('SHAPE', 'a protected header is a map')
  if (decoded.ok.size === 0 && reading.rules !== 'foreign')
    return refuse('CANON', 'a protected header without entries is written as no bytes')
  return { ok: decoded.ok }
}

type Maps = Pick<CoseHeaders, 'protected' | 'unprotected'>
type Refused = ReturnType<typeof refuse>

function problemOf(maps: Maps, reading: CoseReading): Refused | undefined {
  return labelProblem(maps, reading) ?? typeProblem(maps) ?? criticalProblem(maps, reading)
}

function labelProblem(maps: Maps, { rules }: CoseReading): Refused | undefined {
  for (const label of [...maps.protected.keys(), ...maps.unprotected.keys()])
    if (!isLabel(label)) return refuse('SHAPE', 'a header label is an integer or a text')
  if (rules === 'foreign') return undefined
  for (const label of maps.protected.keys())
    if (maps.unprotected.has(label)) return refuse('SHAPE', `label ${String(label)} is in both headers`)
  return undefined
}

function isLabel(value: CborValue): boolean {
  return typeof value === 'string' || typeof value === 'bigint' || Number.isInteger(value)
}

function typeProblem(maps: Maps): Refused | undefined {
  const isBytesOrAbsent = (label: number): boolean =>
    [maps.protected, maps.unprotected].every((map) => !map.has(label) || map.get(label) instanceof Uint8Array)
  for (const label of [HEADER.kid, HEADER.iv, HEADER.partialIv])
    if (!isBytesOrAbsent(label)) return refuse('SHAPE', `header parameter ${label} is a byte string`)
  const hasBoth = parameter(maps, HEADER.iv) !== undefined && parameter(maps, HEADER.partialIv) !== undefined
  return hasBoth ? refuse('SHAPE', 'IV and Partial IV stand in one layer') : undefined
}

/** RFC 9052 section 3.1: protected, an array of at least one label, each of them there and understood. */
function criticalProblem(maps: Maps, { understood }: CoseReading): Refused | undefined {
  if (maps.unprotected.has(HEADER.crit)) return refuse('CRIT', 'crit is protected, or it is nothing')
  if (!maps.protected.has(HEADER.crit)) return undefined
  const labels = maps.protected.get(HEADER.crit)
  if (!Array.isArray(labels) || labels.length === 0) return refuse('CRIT', 'crit is an array of labels')
  for (const label of labels) {
    if (typeof label !== 'number' && typeof label !== 'string')
      return refuse('CRIT', 'crit names something that is no label')
    if (!maps.protected.has(label)) return refuse('CRIT', `crit names ${label}, which is not protected here`)
    if (!UNDERSTOOD.has(label) && understood?.has(label) !== true)
      return refuse('CRIT', `crit names ${label}, which is not understood here`)
  }
  return undefined
}

/** Every algorithm read here has a number; a name stands for one that nobody registered. */
function algorithmOf(maps: Maps): Result<number | undefined> {
  const value = parameter(maps, HEADER.alg)
  if (value === undefined || typeof value === 'number') return { ok: value }
  return refuse('ALG', 'the algorithm is not one that is known here')
}

/**
 * The algorithm of a layer that authenticates its header: a signature, a tag, a sealed content. It must stand
 * in the protected one, but for foreign writers.
 */
export function requireAlgorithm(headers: CoseHeaders, { rules }: CoseReading): Result<number> {
  if (headers.algorithm === undefined) return refuse('ALG', 'the header names no algorithm')
  if (rules !== 'foreign' && !headers.protected.has(HEADER.alg))
    return refuse('ALG', 'the algorithm is not protected')
  return { ok: headers.algorithm }
}

/** Whether the header leaves the key open, or names this one; a key without an identifier is named by nobody. */
export function isKid({ kid }: CoseHeaders, key: { readonly kid?: Uint8Array }): boolean {
  return kid === undefined || key.kid === undefined || equalBytes(kid, key.kid)
}

export function checkKid(headers: CoseHeaders, key: { readonly kid?: Uint8Array }): Result<true> {
  return isKid(headers, key) ? { ok: true } : refuse('KEY', 'kid names another key')
}
