/** Arguments of another kind: a TypeError that begins with their name, and nothing is signed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHost } from '../../index.ts'
import type { Host } from '../../index.ts'

type Method = 'call' | 'compose' | 'open' | 'promise' | 'revoke'
const CALLS: readonly (readonly [given: object | undefined, error: string])[] = [
  [undefined, 'request must be an object'],
  [{ protocol: 'echo' }, 'protocol must be a CID; host.handler(name) gives one'],
  [{ method: 5 }, 'method must be a string'],
  ...[null, 5, 'text', [], {}].map((input) => [{ input }, 'input must be a Uint8Array, a CID'] as const),
  ...[null, 'alice', {}, { keys: [] }].map((as) => [{ as }, 'as must be a Signer'] as const),
  [{ capabilities: {} }, 'capabilities must be a list of capabilities'],
  [{ capabilities: [5] }, 'capabilities[0] must be a Capability'],
  [{ table: [5] }, 'table[0] must be a list of capabilities'],
  [{ resource: { kind: 'cod' } }, "resource.kind must be one of 'node', 'code', 'space', 'label'"],
  [{ signal: 5 }, 'signal must be an AbortSignal'],
]
const PROMISES: typeof CALLS = [
  [undefined, 'terms must be an object'],
  [{ to: undefined }, "to must be a principal or 'bearer'"],
  [{ to: {} }, "to must be a principal or 'bearer'"],
  [{ resource: undefined }, 'resource must be an object'],
  [{ resource: {} }, 'resource.kind must be one of'],
  [{ resource: { kind: 'toString' } }, 'resource.kind must be one of'],
  [{ resource: { kind: 'node' } }, 'resource.owner must be a principal'],
  [{ resource: { kind: 'code' } }, 'resource.protocol must be a CID'],
  [{ resource: { kind: 'space', owner: '', space: '', prefix: '' } }, 'resource.prefix must be a Uint8Array'],
  [{ resource: { kind: 'label', owner: '', prefix: 5 } }, 'resource.prefix must be a string'],
  [{ methods: 'echo' }, 'methods must be a list of names'],
  [{ parent: {} }, 'parent must be a Capability'],
  [{ by: 'alice' }, 'by must be a Signer'],
  [{ budget: 5 }, 'budget must be an object'],
  [{ where: 5 }, 'where must be a list'],
  [{ rate: 5 }, 'rate must be an object'],
  [{ executors: 'x' }, 'executors must be a list'],
  [{ final: 'yes' }, 'final must be true or false'],
]
const REVOKES: typeof CALLS = [
  [undefined, 'terms must be an object'],
  [{}, 'token must be a Capability, or its id'],
  [{ token: 'x' }, 'token must be a Capability, or its id'],
]

test('a call, a promise and a revocation name the argument that is of another kind', async () => {
  await using host = await createHost()
  const protocol = await host.handler('echo')
  const call = { protocol, method: 'echo' }
  const terms = { to: 'bearer', resource: { kind: 'code', protocol } }
  for (const method of ['call', 'compose'] as const) await allThrow(host, method, call, CALLS)
  await allThrow(host, 'open', call, CALLS.slice(1))
  await allThrow(host, 'promise', terms, PROMISES)
  await allThrow(host, 'revoke', {}, REVOKES)
  assert.equal((await host.call({ protocol, method: 'echo' })).status, 'kept')
})

test('a handler with types is named by its CID', async () => {
  await using host = await createHost()
  for (const wrong of [undefined, 'echo', 5, {}])
    await assert.rejects(host.typed(wrong as never), /^TypeError: protocol must be a CID; host\.handler/)
  const protocol = await host.handler('echo')
  await assert.rejects(host.typed(protocol, 5 as never), /^TypeError: request must be an object/)
  await assert.rejects(host.typed(protocol, { as: 'alice' } as never), /^TypeError: as must be a Signer/)
})

async function allThrow(host: Host, method: Method, good: object, wrong: typeof CALLS): Promise<void> {
  const run = host[method] as (given: unknown) => Promise<unknown>
  for (const [given, error] of wrong) {
    const thrown: unknown = await run(given && { ...good, ...given }).catch((failed: unknown) => failed)
    assert.ok(
      thrown instanceof TypeError && thrown.message.startsWith(error),
      `${method}: ${String(thrown)}, not ${error}`,
    )
  }
}
