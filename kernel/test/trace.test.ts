/** Whoever listens to the trace has no part in what is decided, whatever he does with it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { foundGrid } from './fixture.ts'
import { watched } from './handlers.ts'
import type { CallOutcome, ComposedMessage, TraceEvent } from '../index.ts'

type Listener = (event: TraceEvent) => unknown

const fails = (): never => {
  throw new Error('the disk of the log is full')
}
const LISTENERS: Readonly<Record<string, Listener>> = {
  'that throws': fails,
  'that rejects': async () => Promise.reject(new Error('the log is far away')),
}

const codeOf = (outcome: CallOutcome): string => ('code' in outcome ? outcome.code : outcome.status)

/** A pure and an impure handler; the same asked of both, whoever listens. */
async function listened(trace: Listener | undefined, pure: boolean) {
  const work = watched('work', { pure })
  const grid = await foundGrid({ handlers: [work.handler], ...(trace === undefined ? {} : { trace }) })
  const protocol = grid.protocol('work')
  const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
  const ask = (method: string, more: object = {}): ComposedMessage =>
    grid.compose({ protocol, method, chain, ...more })
  const open = async () => {
    const opened = await grid.kernel.open(ask('same').bytes)
    assert.ok(opened.ok !== undefined, opened.refused?.detail)
    return opened.ok
  }
  return { grid, ask, open }
}

async function messages(trace: Listener | undefined, pure: boolean): Promise<string[]> {
  const { grid, ask } = await listened(trace, pure)
  const codes: string[] = []
  const sent = ['same', 'fail', 'crash', 'unheard'].map((method) => ask(method))
  for (const each of [...sent, ...sent]) codes.push((await grid.send(each)).code)
  codes.push((await grid.send(grid.compose({ as: grid.mallory }))).code)
  await grid.store.close()
  codes.push((await grid.send(ask('same', { arguments: { bytes: Uint8Array.of(1) } }))).code)
  return codes
}

async function calls(trace: Listener | undefined, pure: boolean): Promise<string[]> {
  const { grid, open } = await listened(trace, pure)
  const handle = await open()
  const made = ['same', 'fail', 'crash', 'unheard', 'same'].map((method) => handle.call(method))
  const codes = await Promise.all(made.map(async (each) => codeOf(await each)))
  await grid.store.close()
  return [...codes, codeOf(await handle.call('same', Uint8Array.of(1)))]
}

async function pipelined(trace: Listener | undefined, pure: boolean): Promise<string[]> {
  const { grid, ask, open } = await listened(trace, pure)
  const handle = await open()
  const last = handle.call('same', handle.call('same', handle.call('same')))
  const behind = handle.call('same', handle.call('fail'))
  const codes = [codeOf(await last), codeOf(await behind)]
  const first = ask('same', { arguments: { bytes: Uint8Array.of(2) } })
  const sent = [ask('same', { future: first.id }), first, ask('same', { future: first.id })]
  const replies = await grid.kernel.dispatchAll(sent.map(({ bytes }) => bytes))
  replies.forEach((reply, at) => codes.push(grid.read(sent[at] as ComposedMessage, reply).code))
  return codes
}

for (const [what, trace] of Object.entries(LISTENERS))
  describe(`a listener ${what}`, () => {
    for (const pure of [true, false]) {
      const handler = pure ? 'a pure handler' : 'a handler with effects'
      test(`changes no reply of ${handler}`, async () => {
        assert.deepEqual(await messages(trace, pure), await messages(undefined, pure))
      })

      test(`leaves no call of ${handler} through a handle without its end`, async () => {
        assert.deepEqual(await calls(trace, pure), await calls(undefined, pure))
      })

      test(`holds up nothing that is built on a result of ${handler}`, async () => {
        assert.deepEqual(await pipelined(trace, pure), await pipelined(undefined, pure))
      })
    }
  })
