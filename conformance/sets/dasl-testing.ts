/** DASL: cases with the profiles that demand them. We are judged under those we claim, and on no other's rules. */
import { checkCid, CODEC, HASH, isCid } from 'promisegrid/promisebase'

import { CORE, DAG_CBOR, judgeNotEncoded, judgeRefused, judgeRoundTrip, valueOf } from './cbor-judge.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue } from 'promisegrid/promisebase'
import type { Codec } from './cbor-judge.ts'
import type { Verdict } from './set.ts'

interface Fixture {
  readonly type: string
  readonly data: string
  readonly name: string
  readonly tags: readonly string[]
}

/** What is asked of any profile is asked of the one that DASL builds on. */
const CODECS: ReadonlyMap<string, Codec> = new Map([
  ['basic', DAG_CBOR],
  ['dag-cbor', DAG_CBOR],
  ['rfc8949', CORE],
  ['CDE', CORE],
])

const DASL_CID = { codecs: [CODEC.raw, CODEC.dagCbor], hashes: [HASH['sha2-256'], HASH.blake3] }

export const daslTesting = adapterOf('dasl-testing', {
  files: /\.json$/,
  *cases(set, file) {
    for (const fixture of set.json(file) as readonly Fixture[])
      yield { name: fixture.name, judge: () => judge(fixture) }
  },
})

function judge(fixture: Fixture): Verdict {
  const codecs = new Set(fixture.tags.flatMap((tag) => CODECS.get(tag) ?? []))
  const verdicts = [...codecs].map((codec) => judgeUnder(fixture, codec))
  if (fixture.tags.includes('dasl-cid')) verdicts.push(judgeLinks(fixture))
  if (verdicts.length > 0) return all(...verdicts)
  return outOfScope(`asked of ${fixture.tags.join(' and ')} alone, which no profile here claims`)
}

function judgeUnder({ type, data }: Fixture, codec: Codec): Verdict {
  if (type === 'roundtrip') return judgeRoundTrip(data, codec)
  if (type === 'invalid_in') return judgeRefused(data, codec)
  if (type !== 'invalid_out') return wrong(`a case of the unknown type ${type}`)
  const value = valueOf(data)
  return value === undefined ? 'passed' : judgeNotEncoded(value, codec)
}

/** Which CIDs DASL allows is a rule, held against every link of what DAG-CBOR takes. */
function judgeLinks({ type, data }: Fixture): Verdict {
  const isWanted = type === 'roundtrip'
  const value = judgeRoundTrip(data, DAG_CBOR) === 'passed' ? valueOf(data) : undefined
  const isTaken = value !== undefined && linksOf(value).every((cid) => checkCid(cid, DASL_CID).ok)
  return verdict(isTaken === isWanted, isTaken ? 'a link was taken' : 'a link was refused')
}

function linksOf(value: CborValue): readonly CID[] {
  if (isCid(value)) return [value]
  if (Array.isArray(value)) return value.flatMap(linksOf)
  return value instanceof Map ? [...value.values()].flatMap(linksOf) : []
}
