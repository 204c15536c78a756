/** Names that mean something to JavaScript mean nothing to the kernel. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { foundGrid, people } from './fixture.ts'
import { watched } from './handlers.ts'

const NAMES = ['__proto__', 'constructor', 'then', 'toString', 'hasOwnProperty']

describe('a name out of the language', () => {
  test('is no method of a handler that does not say so, and nobody’s capability', async () => {
    const grid = await foundGrid()
    for (const method of NAMES) {
      assert.equal((await grid.send({ method })).code, 'UNKNOWN_METHOD')
      const narrow = [grid.grant({ methods: ['echo'] })]
      assert.equal((await grid.send({ method, chain: narrow })).code, 'METHOD')
    }
  })

  test('is a method, a space or a label prefix like any other where it is granted', async () => {
    const seen: string[] = []
    const handler = {
      ...watched('odd').handler,
      methods: [...NAMES].sort(),
      run: ({ method }: { readonly method: string }) => {
        seen.push(method)
        return new Uint8Array(0)
      },
    }
    const grid = await foundGrid({ handlers: [handler] })
    for (const name of NAMES) {
      const resource = grid.space(name)
      const chain = [grid.grant({ by: people.node, parent: null, resource, methods: [name] })]
      const answer = await grid.send({ protocol: grid.protocol('odd'), resource, chain, method: name })
      assert.equal(answer.code, 'kept')
    }
    assert.deepEqual(seen, NAMES)
  })
})

describe('a result with a `then`', () => {
  test('is waited for like a promise, and is bytes in the end or a trap', async () => {
    const thenable = (resolve: unknown) => ({ then: (settle: (value: unknown) => void) => settle(resolve) })
    for (const [name, output, code] of [
      ['bytes', thenable(Uint8Array.of(1)), 'kept'],
      ['nested', thenable({ then: 1 }), 'TRAP'],
      ['object', { then: 'not a function' }, 'TRAP'],
      ['lying', { length: 3, byteLength: 3, constructor: Uint8Array }, 'TRAP'],
    ] as const) {
      const handler = { ...watched('odd').handler, run: () => output as unknown as Uint8Array }
      const grid = await foundGrid({ handlers: [handler] })
      const protocol = grid.protocol('odd')
      const chain = [grid.grant({ resource: { kind: 'code', protocol } })]
      assert.equal((await grid.send({ protocol, chain, method: 'same' })).code, code, name)
      assert.equal((await grid.send()).code, 'kept')
    }
  })
})
