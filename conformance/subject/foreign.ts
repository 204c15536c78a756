/** Messages of other protocols, and messages inside messages. */
import {
  coseDetachedView,
  coseEmbeddedView,
  createViews,
  ed25519MapView,
  readForeign,
  readNested,
} from 'promisegrid/kernel'
import { parseCid } from 'promisegrid/promisebase'
import { crypto, keys } from './grid-node.ts'
import { hex, unhex } from './json.ts'
import type { CID } from 'multiformats/cid'
import type { KeyFinder, SignableView } from 'promisegrid/kernel'
import type { Answer, Questions } from '../vectors.ts'

type AskedView = Questions['foreign']['views'][number]

export function answerForeign({ views, unknown = 'refuse', input }: Questions['foreign']): Answer {
  const registered = views.map((each) => [cidOf(each.protocol), viewOf(each)] as const)
  const read = readForeign(crypto, createViews(registered), unhex(input), { unknown })
  if (read.refused !== undefined) return { refused: { code: read.refused.code } }
  const { protocol, slots, verified, view, signer } = read.ok
  const found = { protocol: protocol.toString(), slots: slots.map(hex), verified }
  return verified ? { ok: { ...found, view, signer: signer.principal ?? null } } : { ok: found }
}

export function answerNested({ grid, input }: Questions['nested']): Answer {
  const read = readNested({ crypto, keys, grid: cidOf(grid) }, unhex(input))
  if (read.refused !== undefined) return { refused: { code: read.refused.code } }
  return {
    ok: {
      messages: read.ok.map(({ id, form, claims }) => ({ id: id.toString(), form, issuer: claims.issuer })),
    },
  }
}

function viewOf({ view, keys: told = [] }: AskedView): SignableView {
  const keyOf: KeyFinder = (kid) => {
    const name = kid === undefined ? undefined : hex(kid)
    const known = told.find((each) => each.kid === name)
    return known === undefined ? undefined : keys.read(known.principal).ok?.keys[0]?.publicKey
  }
  if (view === 'ed25519-map') return ed25519MapView
  return view === 'cose-embedded' ? coseEmbeddedView(keyOf) : coseDetachedView(keyOf)
}

function cidOf(text: string): CID {
  const cid = parseCid(text)
  if (cid.refused !== undefined) throw new Error(`${text}: ${cid.refused.detail}`)
  return cid.ok
}
