/**
 * CARs of IPLD and of go-car: read section by section, imported block by block, and the HashMap in one of them walked.
 * A JSON file beside a CAR says what is in it; the name of a CAR of go-car says whether it is to be taken.
 */
import { isDeepStrictEqual } from 'node:util'

import { nodeCrypto, nodeHasher } from 'promisegrid'
import {
  createMemoryBackend,
  createStore,
  DAG_CBOR_PROFILE,
  decodeCbor,
  importCar,
  openCar,
} from 'promisegrid/promisebase'

import { sameBytes } from './bytes.ts'
import { readDagJson } from './dag-json.ts'
import { readDagPb } from './dag-pb.ts'
import { goFuzzInputs } from './go-fuzz.ts'
import { hamtEntries } from './hamt.ts'
import { adapterOf, outOfScope, verdict, wrong } from './set.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue, CarBlock, ImportedCar, Result, Store } from 'promisegrid/promisebase'
import type { VectorSet } from '../vector-sets.ts'
import type { FileReader, SetAdapter, Verdict } from './set.ts'

/** Of go-car: what its readers refuse unless they are told to be lenient. */
const REFUSED = /bad|corrupt|zero-len|-v42/
const CODECS = { raw: 0x55, dagPb: 0x70, dagCbor: 0x71 }

const archives: FileReader = {
  files: /\.car$/,
  *cases(set, file) {
    const beside = file.replace(/car$/, 'json')
    const says = set.files().includes(beside) ? set.text(beside) : undefined
    yield { name: '', judge: () => judgeArchive(file, set.bytes(file), says) }
  },
}

/** What the reader of a CAR has read already. */
const besides: FileReader = {
  files: /\.json$/,
  *cases(set, file) {
    if (set.files().includes(file.replace(/json$/, 'car'))) return
    yield { name: '', judge: () => outOfScope('what a CAR holds, without the CAR') }
  },
}

const corpus: FileReader = {
  files: /(^|\/)fuzz\//,
  *cases(set: VectorSet, file: string) {
    yield { name: '', judge: () => judgeHostile(goFuzzInputs(set.text(file))) }
  },
}

export const carHamt: SetAdapter = adapterOf('car-hamt', corpus, archives, besides)

async function judgeArchive(file: string, car: Uint8Array, says: string | undefined): Promise<Verdict> {
  await using store = await openMemoryStore()
  const imported = await importCar(store, inPieces(car))
  if (REFUSED.test(file.slice(file.lastIndexOf('/') + 1)))
    return verdict(imported.refused !== undefined, 'taken, though it must be refused')
  if (imported.refused !== undefined) return wrong(`refused: ${imported.refused.detail}`)
  const blocks = await sectionsOf(car)
  const found = (await faultInHashes(car, blocks)) ?? faultInLength(blocks, imported)
  if (found !== undefined) return wrong(found)
  return says === undefined ? 'passed' : await judgeBy(readDagJson(says), car, blocks, imported.ok, store)
}

async function judgeBy(
  says: CborValue,
  car: Uint8Array,
  blocks: readonly CarBlock[],
  imported: ImportedCar,
  store: Store,
): Promise<Verdict> {
  if (!(says instanceof Map)) return wrong('the file beside it is no map')
  const fault =
    says.has('header') && says.has('blocks')
      ? faultInSections(says, car, blocks, imported)
      : await faultInHashMap(says, imported, store)
  return verdict(fault === undefined, fault ?? '')
}

/** Roots, and of each block name, place, length and content. */
function faultInSections(
  says: CborMap,
  car: Uint8Array,
  blocks: readonly CarBlock[],
  { version, roots }: ImportedCar,
): string | undefined {
  const [header, expected] = [says.get('header') as CborMap, says.get('blocks') as CborMap[]]
  if (header.get('version') !== version) return `version ${version}`
  const named = header.get('roots') as CID[]
  if (named.length !== roots.length || !named.every((root, at) => isSame(root, roots[at]?.cid)))
    return `the roots are ${roots.map(({ cid }) => cid).join(', ')}`
  if (expected.length !== blocks.length) return `${blocks.length} blocks`
  const at = expected.findIndex((one, index) => !isDescribed(one, car, blocks[index]))
  return at < 0 ? undefined : `block ${at} is ${blocks[at]?.cid} at ${blocks[at]?.offset}`
}

function isDescribed(expected: CborMap, car: Uint8Array, block: CarBlock | undefined): boolean {
  if (block === undefined) return false
  const start = expected.get('blockOffset') as number
  const end = start + (expected.get('blockLength') as number)
  return (
    isSame(expected.get('cid') as CID, block.cid) &&
    expected.get('offset') === block.offset &&
    (expected.get('offset') as number) + (expected.get('length') as number) === end &&
    sameBytes(car.subarray(start, end), block.bytes) &&
    isDeepStrictEqual(contentOf(block), expected.get('content'))
  )
}

/** CIDv0 is read as the CIDv1 it means. */
function isSame(expected: CID, cid: CID | undefined): boolean {
  return (
    cid !== undefined &&
    expected.code === cid.code &&
    sameBytes(cid.multihash.bytes, expected.multihash.bytes)
  )
}

function contentOf({ cid, bytes }: CarBlock): CborValue | undefined {
  if (cid.code === CODECS.dagPb) return readDagPb(bytes)
  return cid.code === CODECS.dagCbor ? decodeCbor(bytes, DAG_CBOR_PROFILE).ok : bytes
}

async function faultInHashMap(
  says: CborMap,
  { roots }: ImportedCar,
  store: Store,
): Promise<string | undefined> {
  using snapshot = store.snapshot()
  const bytes = roots[0] && (await snapshot.getBlock(roots[0].cid))
  const root = bytes && decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (root === undefined) return 'the root is not here'
  let count = 0
  for await (const [key, value] of hamtEntries(snapshot, root)) {
    count++
    if (!isDeepStrictEqual(numbersIn(value), numbersIn(says.get(key)))) return `${key} has another value`
  }
  return count === says.size ? undefined : `${count} entries of ${says.size}`
}

/** JSON has the members of a map in another order than CBOR; a pair may be a list or a map of two. */
function numbersIn(value: CborValue | undefined): readonly CborValue[] {
  if (Array.isArray(value)) return value.flatMap(numbersIn)
  if (!(value instanceof Map)) return value === undefined ? [] : [value]
  const members = [...value].sort(([a], [b]) => String(a).length - String(b).length)
  return members.flatMap(([, inner]) => numbersIn(inner))
}

/** The sections as a reader gives them, unchecked. */
async function sectionsOf(car: Uint8Array): Promise<CarBlock[]> {
  const opened = await openCar([car])
  const blocks: CarBlock[] = []
  for (let next = await opened.ok?.next(); next?.ok !== undefined; next = await opened.ok?.next())
    blocks.push(next.ok)
  return blocks
}

function faultInLength(blocks: readonly CarBlock[], { ok }: Result<ImportedCar>): string | undefined {
  return blocks.length === ok?.blocks ? undefined : `${ok?.blocks} blocks imported, ${blocks.length} read`
}

/** Of at most so many blocks of a CAR one bit is turned: each time it must be refused. */
const TURNED_MAX = 20

async function faultInHashes(car: Uint8Array, blocks: readonly CarBlock[]): Promise<string | undefined> {
  for (const { cid, bytes, offset } of blocks.filter(isNotEmpty).slice(0, TURNED_MAX)) {
    const section = Buffer.concat([cid.multihash.bytes, bytes])
    const turned = Buffer.from(car)
    const last = turned.indexOf(section, offset) + section.length - 1
    turned[last] = turned.readUInt8(last) ^ 1
    await using store = await openMemoryStore()
    const imported = await importCar(store, [turned])
    if (imported.refused?.code !== 'HASH') return `taken with another bit in block ${cid}`
  }
  return undefined
}

function isNotEmpty({ bytes }: CarBlock): boolean {
  return bytes.length > 0
}

/** Whatever it is, it is taken or refused, and nothing is thrown. */
async function judgeHostile(inputs: readonly Uint8Array[]): Promise<Verdict> {
  for (const input of inputs) {
    await using store = await openMemoryStore()
    await importCar(store, inPieces(input))
  }
  return 'passed'
}

function openMemoryStore(): Promise<Store> {
  return createStore({ backend: createMemoryBackend(), crypto: nodeCrypto, hasher: nodeHasher })
}

/** As a file or a connection would give them. */
function inPieces(bytes: Uint8Array): Uint8Array[] {
  const size = 1_021
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.slice(at * size, (at + 1) * size),
  )
}
