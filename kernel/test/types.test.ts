/** What the compiler refuses. These lines run, but their proof is that they compile with the errors expected. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { REFUSALS, refuse } from '../index.ts'
import type { execute } from '../stages/4-execute.ts'
import type { keepPure } from '../stages/5-cache.ts'
import type { replyTo } from '../stages/6-reply.ts'
import type { authorise } from '../stages/2-authorise.ts'
import type { resolve } from '../stages/3-resolve.ts'
import type { settle } from '../settle/settle.ts'
import type { Authorised, Invocation, Message, RefusalCode, Result } from '../index.ts'
import type { AuthoriseResult } from '../stages/2-authorise.ts'

type Parameter<F extends (...given: never[]) => unknown> = Parameters<F>[0]
const take = <T>(_value: T): void => undefined
declare const bytes: Uint8Array
declare const message: Message
declare const authorised: Authorised
declare const invocation: Invocation

/** Never called: only its types matter. */
function aStageCannotBeSkipped(): void {
  take<Parameter<typeof authorise>>(message)
  // @ts-expect-error bytes are not a message before stage 1
  take<Parameter<typeof authorise>>(bytes)
  // @ts-expect-error an object of the same form is not a message: only stage 1 makes one
  take<Message>({
    bytes,
    id: message.id,
    protocol: message.protocol,
    grid: message.grid,
    claims: message.claims,
  })
  take<Parameter<typeof resolve>>(authorised)
  // @ts-expect-error a message is not authorised before stage 2
  take<Parameter<typeof resolve>>(message)
  // @ts-expect-error what was authorised is more than its parts
  take<Authorised>({ message, chain: [], grant: authorised.grant, resource: authorised.resource, now: 0 })
  take<Parameter<typeof execute>>(invocation)
  // @ts-expect-error an authorised message is not an invocation before stage 3
  take<Parameter<typeof execute>>(authorised)
  // @ts-expect-error a message is not an invocation
  take<Parameter<typeof execute>>(message)
  // @ts-expect-error nothing is settled but an invocation
  take<Parameters<typeof settle>[1]>(authorised)
  // @ts-expect-error only the result of an invocation is kept
  take<Parameter<typeof keepPure>>(authorised)
  // @ts-expect-error a reply answers a validated message, never bytes
  take<Parameter<typeof replyTo>>(bytes)
}

function aMessageCannotBeChanged(): void {
  // @ts-expect-error claims are what was signed
  message.claims.method = 'other'
  // @ts-expect-error a grant is what was authorised
  authorised.grant.methods = ['*']
  // @ts-expect-error neither are lists of it
  authorised.chain.push(authorised.chain[0])
}

function refusalCodesAreClosed(): void {
  refuse('SIG', 'detail')
  // @ts-expect-error no such code
  refuse('SIGNATURE', 'detail')
  // @ts-expect-error a text is not a code
  take<RefusalCode>('anything' as string)
  // @ts-expect-error a refusal names a code of the table
  take<Result<number>>({ refused: { code: 'NOPE', detail: '' } })
}

function aResultIsReadBeforeItIsUsed(result: Result<number>, decided: AuthoriseResult): void {
  // @ts-expect-error a result may be a refusal
  take<number>(result.ok)
  if (result.refused === undefined) take<number>(result.ok)
  // @ts-expect-error only a refusal says whether possession was proved
  take<boolean>(decided.proven)
  if (decided.refused !== undefined) take<boolean>(decided.proven)
}

test('stages, messages, codes and results are held apart by their types', () => {
  for (const proof of [
    aStageCannotBeSkipped,
    aMessageCannotBeChanged,
    refusalCodesAreClosed,
    aResultIsReadBeforeItIsUsed,
  ])
    assert.equal(typeof proof, 'function')
})

test('every refusal has a text, a fix and a public code', () => {
  for (const [code, row] of Object.entries(REFUSALS)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/)
    assert.ok(row.says.length > 0 && row.fix.length > 0)
    assert.ok(row.public === code || row.public === 'DENIED' || row.public === 'BUSY', code)
  }
})

test('every refusal of stage 2 is one public code', () => {
  for (const [code, row] of Object.entries(REFUSALS))
    if (row.stage === 'authorise' && code !== 'CLOCK') assert.equal(row.public, 'DENIED', code)
})
