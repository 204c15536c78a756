/**
 * The HashMap of IPLD (ipld.io/specs/advanced-data-layouts/hamt), walked by its links. Every entry is visited, so the
 * hash that says where a key belongs is not needed; what the form of a node promises is checked.
 *
 *   root   = dag-cbor { "hamt": node, "hashAlg": uint, "bucketSize": uint }
 *   node   = [map, [*element]]            ; map: one bit for each place that is taken
 *   element = link to a node / [1*bucketSize [key, value]]      ; keys ascend
 */
import { compareBytes, DAG_CBOR_PROFILE, decodeCbor, isCid } from 'promisegrid/promisebase'
import type { CborMap, CborValue, Snapshot } from 'promisegrid/promisebase'

type Blocks = Pick<Snapshot, 'getBlock'>

/** The entries, keys as text, in the order of the map. @throws {SyntaxError} for what is no HashMap */
export async function* hamtEntries(
  blocks: Blocks,
  root: CborValue,
): AsyncGenerator<readonly [key: string, value: CborValue], void, undefined> {
  const fields = mapOf(root)
  const bucketMax = fields.get('bucketSize')
  if (typeof bucketMax !== 'number' || bucketMax < 1) throw new SyntaxError('a HashMap has a bucketSize')
  if (typeof fields.get('hashAlg') !== 'number') throw new SyntaxError('a HashMap has a hashAlg')
  yield* entriesOf(blocks, fields.get('hamt'), bucketMax)
}

async function* entriesOf(
  blocks: Blocks,
  node: CborValue | undefined,
  bucketMax: number,
): AsyncGenerator<readonly [string, CborValue], void, undefined> {
  const [places, elements, ...more] = listOf(node)
  if (!(places instanceof Uint8Array) || more.length > 0) throw new SyntaxError('a node is a map and a list')
  const data = listOf(elements)
  if (bitsIn(places) !== data.length) throw new SyntaxError('a node has as many elements as bits')
  for (const element of data) {
    if (isCid(element)) yield* entriesOf(blocks, await readNode(blocks, element), bucketMax)
    else yield* bucketOf(listOf(element), bucketMax)
  }
}

async function readNode(blocks: Blocks, link: CborValue): Promise<CborValue> {
  const bytes = isCid(link) ? await blocks.getBlock(link) : undefined
  const node = bytes && decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (node === undefined) throw new SyntaxError(`node ${String(link)} is not here`)
  return node
}

function* bucketOf(
  bucket: readonly CborValue[],
  bucketMax: number,
): Generator<readonly [string, CborValue], void, undefined> {
  if (bucket.length === 0 || bucket.length > bucketMax) throw new SyntaxError('a bucket is empty or too full')
  let before: Uint8Array | undefined
  for (const entry of bucket) {
    const [key, value, ...more] = listOf(entry)
    if (!(key instanceof Uint8Array) || value === undefined || more.length > 0)
      throw new SyntaxError('an entry is a key and a value')
    if (before !== undefined && compareBytes(before, key) >= 0) throw new SyntaxError('keys do not ascend')
    before = key
    yield [new TextDecoder('utf-8', { fatal: true }).decode(key), value]
  }
}

function bitsIn(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
}

function listOf(value: CborValue | undefined): readonly CborValue[] {
  if (!Array.isArray(value)) throw new SyntaxError('a list is expected here')
  return value
}

function mapOf(value: CborValue): CborMap {
  if (!(value instanceof Map)) throw new SyntaxError('a map is expected here')
  return value
}
