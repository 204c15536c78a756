/** The same value as a block of several codecs, each named by its CID; and blocks and values that are none. */
import { isDeepStrictEqual } from 'node:util'

import { checkCid, decodeCbor, HASH, hashBlockAs, isBlockOf } from 'promisegrid/promisebase'
import { nodeHasher } from 'promisegrid'
import { nobleHasher, parseCid } from 'promisegrid/promisebase'

import { hexOf, sameBytes } from './bytes.ts'
import { DAG_CBOR, judgeNotEncoded, judgeRefused } from './cbor-judge.ts'
import { readDagJson } from './dag-json.ts'
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

/**
 * One value, in as many codecs as its folder has files. The block of dag-cbor must be what the dag-json says,
 * which is read here to know the value, and written by nobody.
 */
function judgeFixture(set: VectorSet, folder: string): Verdict {
  const files = set.files().filter((file) => file.startsWith(folder))
  const of = (codec: string): string | undefined => files.find((file) => file.endsWith(`.${codec}`))
  const [block, json] = [of('dag-cbor'), of('dag-json')]
  const expected = json === undefined ? undefined : readDagJson(set.text(json))
  const others = files.map(codecOf).filter((codec) => codec !== 'dag-cbor' && codec !== 'dag-json')
  return all(
    ...files.map((file) => judgeName(nameOf(file), set.bytes(file))),
    block === undefined ? 'passed' : judgeDagCbor(set.bytes(block), expected),
    others[0] === undefined
      ? 'passed'
      : outOfScope(`${others[0]}, a codec that is not read (the CIDs are right)`),
    block === undefined ? outOfScope('a value that no file has in dag-cbor (the CIDs are right)') : 'passed',
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
  if (codec !== 'dag-cbor') return outOfScope(`what ${codec} must refuse to ${way}: a codec that is not read`)
  if (way === 'decode') return judgeRefused(hex ?? '', DAG_CBOR)
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  return judgeNotEncoded(readDagJson(text), DAG_CBOR)
}
