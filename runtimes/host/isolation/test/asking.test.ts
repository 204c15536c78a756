// Guests that ask their host for something, in a place of their own: what they are told is what they are told here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { createHost } from '../../index.ts'
import { stageContent, stageFolder } from '../../../../promisebase/index.ts'
import { readProgramResult, writeProgramCall } from '../../../wasi/index.ts'
import { MODULES } from './modules.ts'
import type { Resource } from '../../../../kernel/index.ts'
import type { CID } from 'multiformats/cid'
import type { Host } from '../../index.ts'
import type { Tier } from '../isolated-runtime.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const tally = readFileSync(join(root, 'examples/15-state-handler/tally.wasm'))
const pages = readFileSync(join(root, 'examples/16-program/pages.wasm'))
const pagesComponent = readFileSync(join(root, 'examples/16-program/pages.component.wasm'))
const component = readFileSync(join(root, 'runtimes/wasi/component/guest/built/asking.wasm'))
const utf8 = new TextEncoder()

const hostIn = (tier: Tier): Promise<Host> => createHost({ isolation: { tier, lanes: 2 } })

/** Votes in turn, then many at once; what came of them, and what is in the space. */
async function votes(tier: Tier): Promise<readonly unknown[]> {
  await using host = await hostIn(tier)
  const protocol = await host.deploy(tally, {
    entry: 'reactor',
    methods: ['vote', 'votes'],
    pure: false,
    imports: ['state'],
    limits: { memoryBytes: 65_536 },
  })
  const resource: Resource = {
    kind: 'space',
    owner: host.node,
    space: 'polls',
    prefix: utf8.encode('lunch/'),
  }
  const vote = async (method: string, dish: string, methods: readonly string[]): Promise<unknown> => {
    const as = await host.identity('alice')
    const capability = await host.promise({ to: as.principal, resource, methods })
    const input = utf8.encode(dish)
    const told = await host.call({ protocol, method, input, as, capabilities: [capability], resource })
    return told.status === 'kept' ? [...told.bytes] : told.code
  }
  const all = ['vote', 'votes', 'get', 'put', 'list']
  const inTurn = [
    await vote('vote', 'soup', all),
    await vote('vote', 'pie', ['vote', 'get']),
    await vote('vote', '', all),
  ]
  await Promise.all(Array.from({ length: 6 }, () => vote('vote', 'soup', all)))
  return [...inTurn, await vote('votes', '', all)]
}

/** Runs a program on a folder, and tells the folder it gave. */
const site =
  (code: Uint8Array) =>
  async (tier: Tier): Promise<readonly unknown[]> => {
    await using host = await hostIn(tier)
    const protocol = await host.deploy(code, { entry: 'program', name: 'pages' })
    const folder = await host.store.transact((transaction) => {
      const put = transaction.putBlock.bind(transaction)
      const { cid, size } = stageContent(utf8.encode('The sea\nIt comes & goes.'), put)
      return stageFolder([{ kind: 'file', name: 'sea.txt', cid, size, isExecutable: false }], put).cid
    })
    const made = async (from: CID): Promise<unknown> => {
      const input = writeProgramCall({
        args: ['/in', '/out', 'Tides'],
        files: { '/in': from },
        scratch: '/out',
      })
      const told = await host.call({ protocol, method: 'run', input })
      if (told.status !== 'kept') return told.code
      const { ok } = readProgramResult(told.bytes)
      if (ok?.files === undefined) return told.bytes
      assert.ok(
        (await host.store.transact((transaction) => transaction.getBlock(ok.files as CID))) !== undefined,
      )
      return [ok.exit, ok.files.toString(), told.fuel]
    }
    return [await made(folder), await made(protocol)]
  }

/** A promise instead of an answer, kept later by another message to the same handler. */
async function promised(tier: Tier): Promise<readonly unknown[]> {
  await using host = await hostIn(tier)
  const protocol = await host.deploy(MODULES.defers, {
    entry: 'reactor',
    methods: ['run'],
    pure: false,
    imports: ['promise'],
  })
  const as = await host.identity('alice')
  const capability = await host.promise({
    to: as.principal,
    resource: { kind: 'code', protocol },
    methods: ['run'],
  })
  const told = await host.call({ protocol, method: 'run', as, capabilities: [capability] })
  return [told.status]
}

/** A component that writes an entry and reads it again, and one that may not. */
async function notes(tier: Tier): Promise<readonly unknown[]> {
  await using host = await hostIn(tier)
  const imports = ['block', 'call', 'log', 'promise', 'promise.outcome', 'state']
  const protocol = await host.deploy(component, { methods: ['handle'], pure: false, imports })
  const resource: Resource = { kind: 'space', owner: host.node, space: 'notes', prefix: utf8.encode('k') }
  const as = await host.identity('alice')
  // Puts `v` at the key `k1` and gets it: a letter for the function, then its fields with their lengths.
  const input = utf8.encode('p\u0002\0\0\0k1\u0001\0\0\0vg\u0002\0\0\0k1')
  const told = async (methods: readonly string[]): Promise<unknown> => {
    const capability = await host.promise({ to: as.principal, resource, methods })
    const ended = await host.call({
      protocol,
      method: 'handle',
      input,
      as,
      capabilities: [capability],
      resource,
    })
    return ended.status === 'kept' ? [...ended.bytes, ended.fuel] : ended.code
  }
  const [both, write] = [await told(['handle', 'get', 'put']), await told(['handle', 'put'])]
  assert.deepEqual((both as readonly number[]).slice(0, 7), [0, 0, 1, 0, 0, 0, 0x76])
  // The case `forbidden` of a refusal.
  assert.deepEqual((write as readonly number[]).slice(0, 7), [0, 2, 1, 0, 0, 0, 45])
  return [both, write]
}

for (const [what, tried] of Object.entries({
  'state of a space, asked for by a component': notes,
  'state of a space': votes,
  'a folder by CID': site(pages),
  'a folder by CID, for a component': site(pagesComponent),
  'a promise': promised,
}))
  describe(what, () => {
    const expected = tried('here')
    for (const tier of ['thread', 'process'] as const)
      test(`is the same for a guest in a ${tier}`, async () => {
        assert.deepEqual(await tried(tier), await expected)
      })
  })

test('what is compared is not the same for any reason', async () => {
  const [soup, pie, , listed] = await votes('here')
  assert.deepEqual([soup, pie], [[1, 0, 0, 0], 'FORBIDDEN'])
  assert.ok(Array.isArray(listed) && listed.length > 8)
  assert.deepEqual(await promised('here'), ['deferred'])
  const [made] = await site(pages)('here')
  assert.ok(Array.isArray(made) && made[0] === 0)
  const [madeByComponent] = await site(pagesComponent)('here')
  assert.ok(Array.isArray(madeByComponent) && made[1] === madeByComponent[1], 'another folder')
})
