/**
 * The genesis block: what a grid is for ever. Its CID is the grid's name; whatever may change is a policy
 * record instead (spec/architecture.md, "Grid").
 */
import { CODEC, DAG_CBOR_PROFILE, decodeCbor, encodeCbor, hashBlock } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import * as claims from '../message/claims.ts'
import { checkPrincipal } from '../message/key-ring.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { KeyRing } from '../message/key-ring.ts'

const FORMAT = 1
/** Roots of one grid: each may sign policy, and a threshold of them must. */
const ROOTS_MAX = 16

export interface Genesis {
  readonly name: string
  /** Seconds since 1970. */
  readonly created: number
  /** 16 random bytes: two grids of one name and second are two grids. */
  readonly nonce: Uint8Array
  readonly roots: readonly Principal[]
  /** How many roots must sign a policy record. */
  readonly threshold: number
}

export interface GenesisBlock {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly genesis: Genesis
}

/** Encodes a genesis block. @throws {TypeError} when it would not be read back */
export function createGenesis(crypto: CryptoProvider, keys: KeyRing, genesis: Genesis): GenesisBlock {
  const { name, created, nonce, roots, threshold } = genesis
  const bytes = encodeCbor({ format: FORMAT, name, created, nonce, roots: [...roots], threshold })
  const read = readGenesis(keys, bytes)
  if (read.refused !== undefined) throw new TypeError(`genesis: ${read.refused.detail}`)
  return { cid: hashBlock(crypto.sha256, CODEC.dagCbor, bytes), bytes, genesis: read.ok }
}

export function readGenesis(keys: KeyRing, bytes: Uint8Array): Result<Genesis> {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!(decoded.ok instanceof Map) || decoded.ok.size !== 6 || decoded.ok.get('format') !== FORMAT) {
    return refuse('SHAPE', 'a genesis block holds exactly format 1, name, created, nonce, roots, threshold')
  }
  const map: CborMap = decoded.ok
  const name = claims.text().read(map.get('name') ?? null)
  const created = claims.uint.read(map.get('created') ?? null)
  const nonce = claims.bytes(16, 16).read(map.get('nonce') ?? null)
  if (name === undefined || created === undefined || nonce === undefined)
    return refuse('SHAPE', 'genesis: name, created or nonce is not of its type')
  const roots = readRoots(keys, map.get('roots'), map.get('threshold'))
  return roots.refused === undefined ? { ok: { name, created, nonce, ...roots.ok } } : roots
}

/** Roots and threshold, in a genesis block and in policy records alike. */
export function readRoots(
  keys: KeyRing,
  roots: unknown,
  threshold: unknown,
): Result<Pick<Genesis, 'roots' | 'threshold'>> {
  if (!Array.isArray(roots) || roots.length === 0 || roots.length > ROOTS_MAX)
    return refuse('SHAPE', `a grid has 1 to ${ROOTS_MAX} roots`)
  const principals: Principal[] = []
  for (const root of roots as readonly unknown[]) {
    if (typeof root !== 'string') return refuse('SHAPE', 'roots are principals')
    const named = checkPrincipal(keys, root)
    if (named.refused !== undefined) return named
    principals.push(root)
  }
  if (new Set(principals).size !== principals.length) return refuse('SHAPE', 'a root is named twice')
  if (
    typeof threshold !== 'number' ||
    !Number.isInteger(threshold) ||
    threshold < 1 ||
    threshold > principals.length
  ) {
    return refuse('SHAPE', 'the threshold is between 1 and the number of roots')
  }
  return { ok: { roots: principals, threshold } }
}
