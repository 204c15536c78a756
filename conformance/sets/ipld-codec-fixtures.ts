/** The same value as a block of several codecs, each named by its CID; and blocks and values that are none. */
import { isDeepStrictEqual } from 'node:util'

import { checkCid, decodeCbor, HASH, hashBlockAs, isBlockOf } from 'promisegrid/promisebase'
import { nodeHasher } from 'promisegrid'
import { nobleHasher, parseCid } from 'promisegrid/promisebase'

import { hexOf, sameBytes } from './bytes.ts'
import { DAG_CBOR, judgeNotEncoded, judgeRefused } from './cbor-judge.ts'
import { readDagJson } from './dag-json.ts'
import { readDagPb, writeDagPb } from './dag-pb.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { CborValue } from 'promisegrid/promisebase'
import type { VectorSet } from '../vector-sets.ts'
import type { SetAdapter, Verdict } from './set.ts'

interface Negative {
  readonly name: string
  readonly hex?: string
  readonly 'dag-json'?: unknown
}

const HASHERS = [nobleHasher, nodeHasher]
const ANY_HASH = { hashes: Object.values(HASH), identityBytes: 128 }

export const ipldCodecFixtures: SetAdapter = {
  set: 'ipld-codec-fixtures',
  *cases(set) {
    const fixtures = new Set(set.files().flatMap((file) => /^fixtures\/[^/]+\//.exec(file) ?? []))
    for (const folder of fixtures) yield { name: folder, judge: () => judgeFixture(set, folder) }
    yield* negatives.cases({ ...set, files: () => set.files().filter((file) => !/^fixtures\//.test(file)) })
  },
}

const negatives = adapterOf('ipld-codec-fixtures', {
  files: /^negative-fixtures\/[^/]+\/(decode|encode)\/[^/]+\.json$/,
  *cases(set, file) {
    const [, codec = '', way = ''] = file.split('/')
    for (const row of set.json(file) as readonly Negative[])
      yield { name: row.name, judge: () => judgeNegative(codec, way, row) }
  },
})

/** The codecs that the files of one value are in, of those that are read here. */
const READ = ['dag-cbor', 'dag-json', 'dag-pb']

/**
 * One value, in as many codecs as its folder has files. The block of dag-cbor must be what the dag-json and the dag-pb
 * say, which are read here to know the value: the library has no other codec of IPLD.
 */
function judgeFixture(set: VectorSet, folder: string): Verdict {
  const files = set.files().filter((file) => file.startsWith(folder))
  const of = (codec: string): string | undefined => files.find((file) => codecOf(file) === codec)
  const [block, json, protobuf] = READ.map(of)
  const expected = json === undefined ? undefined : readDagJson(set.text(json))
  const other = files.map(codecOf).find((codec) => !READ.includes(codec))
  return all(
    ...files.map((file) => judgeName(nameOf(file), set.bytes(file))),
    block === undefined ? 'passed' : judgeDagCbor(set.bytes(block), expected),
    block === undefined || protobuf === undefined
      ? 'passed'
      : judgeDagPb(set.bytes(block), set.bytes(protobuf)),
    other === undefined ? 'passed' : outOfScope(`${other}, a codec that is not read (the CIDs are right)`),
    block === undefined ? outOfScope('a value that no file has in dag-cbor (the CIDs are right)') : 'passed',
  )
}

/** A node of dag-pb: carried in dag-cbor it is these bytes, and from them it is the same node again, link by link. */
function judgeDagPb(block: Uint8Array, protobuf: Uint8Array): Verdict {
  const carried = DAG_CBOR.encode(readDagPb(protobuf))
  const decoded = decodeCbor(block, DAG_CBOR.profile).ok
  const again = decoded === undefined ? undefined : writeDagPb(decoded)
  return all(
    verdict(sameBytes(carried, block), `the node of dag-pb is encoded as ${hexOf(carried)}`),
    verdict(sameBytes(again, protobuf), 'the node has become another one in dag-cbor'),
  )
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1, file.lastIndexOf('.'))
}

function codecOf(file: string): string {
  return file.slice(file.lastIndexOf('.') + 1)
}

function judgeName(name: string, bytes: Uint8Array): Verdict {
  const cid = parseCid(name, ANY_HASH).ok
  if (cid === undefined) return wrong(`${name} is refused as a CID`)
  const isRight = HASHERS.every(
    (hasher) =>
      isBlockOf(hasher, cid, bytes) && hashBlockAs(hasher, cid.multihash.code, cid.code, bytes).equals(cid),
  )
  return verdict(isRight && checkCid(cid, ANY_HASH).ok === cid, 'the block has another CID')
}

function judgeDagCbor(bytes: Uint8Array, expected: CborValue | undefined): Verdict {
  const decoded = decodeCbor(bytes, DAG_CBOR.profile)
  if (decoded.refused !== undefined) return wrong(`refused: ${decoded.refused.detail}`)
  const again = DAG_CBOR.encode(decoded.ok)
  const roundTrip = verdict(sameBytes(again, bytes), `encoded as ${hexOf(again)}`)
  if (expected === undefined) return roundTrip
  return all(
    roundTrip,
    verdict(isDeepStrictEqual(decoded.ok, expected), 'decoded to another value than the dag-json'),
    verdict(sameBytes(DAG_CBOR.encode(expected), bytes), 'the dag-json is encoded to other bytes'),
  )
}

function judgeNegative(codec: string, way: string, { hex, 'dag-json': json }: Negative): Verdict {
  if (codec !== 'dag-cbor')
    return outOfScope(`what ${codec} must refuse to ${way}: a codec that this library has not`)
  if (way === 'decode') return judgeRefused(hex ?? '', DAG_CBOR)
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  return judgeNotEncoded(readDagJson(text), DAG_CBOR)
}
