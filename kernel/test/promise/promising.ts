/** What tests of promises ask the built-in handler `promises` for, as whom. */
import assert from 'node:assert/strict'

import { encodeCbor } from '../../../promisebase/index.ts'
import { readReply } from '../../index.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../../promisebase/index.ts'
import type { ComposedMessage, Outcome, Signer, SignedPromise } from '../../index.ts'
import type { Answer, Grid } from '../fixture.ts'

export const text = (words: string): Uint8Array => new TextEncoder().encode(words)

export function promising(grid: Grid, name = 'promises') {
  const protocol = grid.protocol(name)
  const grant = (as: Signer) =>
    grid.grant({
      holder: as.principal,
      resource: { kind: 'code', protocol },
      expires: grid.time.now + 86_400,
    })

  const compose = (method: string, fields: CborInput, as: Signer = grid.alice): ComposedMessage =>
    grid.compose({ as, protocol, method, chain: [grant(as)], arguments: { bytes: encodeCbor(fields) } })

  const ask = async (method: string, fields: CborInput, as: Signer = grid.alice): Promise<Answer> =>
    grid.send(compose(method, fields, as), as)

  /** The promise that alice, or somebody else, is given. */
  const defer = async (fields: object = {}, as: Signer = grid.alice): Promise<SignedPromise> => {
    const sent = compose('defer', { seconds: 600, ...fields } as CborInput, as)
    const pending = { ...sent, grid: grid.grid, sender: as.principal, executors: [grid.node.principal] }
    const reply = readReply(grid.crypto, grid.keys, pending, await grid.kernel.dispatch(sent.bytes))
    assert.ok(reply.ok?.signed === true && reply.ok.promise !== undefined, JSON.stringify(reply))
    return reply.ok.promise
  }

  const keep = async (promise: CID, output: string, as: Signer = grid.bob): Promise<string> =>
    (await ask('keep', { promise, output: text(output) }, as)).code

  const breakIt = async (promise: CID, detail: string, as: Signer = grid.bob): Promise<string> =>
    (await ask('break', { promise, detail }, as)).code

  /** What alice, or somebody else, is told by message, read as the resolution it is. */
  const outcome = async (promise: SignedPromise, as: Signer = grid.alice): Promise<Outcome | string> => {
    const answer = await ask('outcome', { promise: promise.id }, as)
    if (!answer.signed || answer.outcome.status !== 'kept') return answer.code
    return resolved(grid, promise, answer.outcome.result.bytes ?? new Uint8Array(0), as)
  }

  return { protocol, compose, ask, defer, keep, breakIt, outcome }
}

/** A resolution, read as whoever was promised reads it. */
export function resolved(
  grid: Pick<Grid, 'crypto' | 'keys' | 'grid'>,
  promise: SignedPromise,
  bytes: Uint8Array,
  as: Signer,
): Outcome {
  const pending = { bytes: promise.bytes, id: promise.id, grid: grid.grid }
  const said = readReply(
    grid.crypto,
    grid.keys,
    { ...pending, sender: as.principal, executors: [promise.issuer] },
    bytes,
  )
  assert.ok(said.ok?.signed === true, JSON.stringify(said))
  return said.ok.outcome
}

/** The text a kept outcome gives. */
export function textIn(outcome: Outcome | undefined): string {
  assert.ok(outcome?.status === 'kept' && outcome.result.bytes !== undefined, JSON.stringify(outcome))
  return new TextDecoder().decode(outcome.result.bytes)
}
