/** Branches whose merge function is a handler, called as everybody calls it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { builtinHandlers } from '../../../handlers/index.ts'
import { HandlerError } from '../../../kernel/index.ts'
import { DAG_CBOR_PROFILE, decodeCbor, MERGE_FUNCTIONS } from '../../../promisebase/index.ts'
import { createHost } from '../index.ts'
import type { NativeCall, NativeHandler } from '../../../kernel/index.ts'
import type { MergeReport } from '../../../promisebase/index.ts'
import type { Host } from '../index.ts'

const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array)
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words)

/** Both sides one after the other, unless somebody shouts. */
function joinSides({ input }: NativeCall): Uint8Array {
  const sides = decodeCbor(input, DAG_CBOR_PROFILE).ok as Map<string, Uint8Array>
  const [base, left, right] = ['base', 'left', 'right'].map((name) => text(sides.get(name)))
  if (`${left}${right}`.includes('!')) throw new HandlerError('somebody shouts')
  return bytes([base, ...[left, right].sort()].join('+'))
}

const joiner = (pure = true): NativeHandler => ({
  ...{ name: 'joiner', version: 1, methods: ['merge'], pure, public: true },
  limits: { memoryBytes: 1024 * 1024 },
  run: joinSides,
})

async function mergedBy(handler: NativeHandler, sides: readonly string[], then: readonly string[] = []) {
  const host = await createHost({ handlers: [...builtinHandlers, handler] })
  const protocol = await host.handler('joiner')
  const functions = then.map((name) => MERGE_FUNCTIONS[name as 'last-writer'].cid)
  const branches = host.branches()
  const base = await branches.commit('b', await host.put(bytes('base')), { merge: [protocol, ...functions] })
  for (const side of sides)
    await branches.commit('b', await host.put(bytes(side)), {
      onto: [base.ok?.cid ?? assert.fail()],
      by: side,
    })
  const merged = (await branches.merge('b')).ok ?? assert.fail()
  return { host, merged, protocol }
}

async function contents(host: Host, { heads }: MergeReport): Promise<string[]> {
  const found = await host.branches().heads('b')
  assert.equal(found.length, heads.length)
  return Promise.all(found.map(async ({ commit }) => text(await host.get(commit.content))))
}

describe('a handler as merge function', () => {
  test('is given base and both sides, and makes the merge commit', async () => {
    const { host, merged, protocol } = await mergedBy(joiner(), ['one', 'two'])
    assert.deepEqual(await contents(host, merged), ['base+one+two'])
    assert.ok((await host.branches().heads('b'))[0]?.commit.made?.equals(protocol))
    await host.close()
  })

  test('that refuses leaves it to the next function, and to a person where there is none', async () => {
    const cascade = await mergedBy(joiner(), ['one!', 'two'], ['last-writer'])
    assert.equal(cascade.merged.conflicts.length, 0)
    const waiting = await mergedBy(joiner(), ['one!', 'two'])
    assert.deepEqual((await contents(waiting.host, waiting.merged)).sort(), ['one!', 'two'])
    const [conflict] = waiting.merged.conflicts
    assert.equal(conflict?.objections[0]?.of, 'joiner')
    assert.equal(conflict?.objections[0]?.code, 'CONFLICT')
    assert.match(conflict?.objections[0]?.detail ?? '', /somebody shouts/)
    for (const { host } of [cascade, waiting]) await host.close()
  })

  test('is none when it is not pure: it could answer otherwise elsewhere', async () => {
    const { host, merged } = await mergedBy(joiner(false), ['one', 'two'], ['last-writer'])
    assert.equal(merged.conflicts[0]?.objections[0]?.code, 'FUNCTION')
    await host.close()
  })

  test('that fails on this node ends the cascade: nobody knows what it says elsewhere', async () => {
    const failing = { ...joiner(), run: () => Promise.reject(new Error('a fault')) }
    const { host, merged } = await mergedBy(failing, ['one', 'two'], ['last-writer'])
    assert.equal(merged.conflicts[0]?.objections.length, 1)
    assert.equal(merged.conflicts[0]?.objections[0]?.code, 'FAILED')
    await host.close()
  })
})
