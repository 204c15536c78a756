/** Programs under a kernel: pure and cached, with an effect, and what a collection leaves of their output. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { namedByEntry } from '../../../kernel/index.ts'
import {
  CODEC,
  collect,
  createMemoryBackend,
  createStore,
  encodeDagCbor,
  hashBlock,
  readContent,
  stageContent,
  stageFolder,
  walkFolder,
} from '../../../promisebase/index.ts'
import { readProgramResult, writeProgramCall } from '../../wasi/index.ts'
import { createHost, nodeCrypto } from '../index.ts'
import type { CID } from 'multiformats/cid'
import type { TraceEvent } from '../../../kernel/index.ts'
import type { PutBlock, Store } from '../../../promisebase/index.ts'
import type { ProgramCall, ProgramResult } from '../../wasi/index.ts'
import type { CallResult, Host } from '../index.ts'

const PROBE = readFileSync(join(import.meta.dirname, '..', '..', 'wasi', 'test', 'programs', 'probe.wasm'))

async function nodeWith(
  pure: boolean,
  trace?: (event: TraceEvent) => void,
): Promise<{ host: Host; store: Store; protocol: CID }> {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  const host = await createHost(trace === undefined ? { store } : { store, trace })
  const protocol = await host.deploy(PROBE, { entry: 'program', pure })
  return { host, store, protocol }
}

function ask({ host, protocol }: { host: Host; protocol: CID }, call: ProgramCall): Promise<CallResult> {
  return host.call({ protocol, method: 'run', input: writeProgramCall(call) })
}

function keptBy(result: CallResult): ProgramResult & { readonly fuel: number; readonly cid: CID } {
  assert.ok(result.status === 'kept', JSON.stringify(result))
  const read = readProgramResult(result.bytes)
  assert.ok(read.ok !== undefined)
  return { ...read.ok, fuel: result.fuel, cid: result.cid }
}

async function textAt(store: Store, folder: CID | undefined, path: string): Promise<string | undefined> {
  assert.ok(folder !== undefined)
  using snapshot = store.snapshot()
  for await (const entry of walkFolder(snapshot, folder))
    if (entry.path === path && entry.kind === 'file') {
      const content = await readContent(snapshot, entry.cid, 1_000)
      return new TextDecoder().decode(content.ok)
    }
  return undefined
}

const WRITES: ProgramCall = { args: 'mkdir d write d/f text'.split(' '), scratch: '/out' }

for (const pure of [true, false]) {
  const kind = pure ? 'a pure program' : 'a program with an effect'

  test(`the output of ${kind} is stored with its result, and kept from a collection while that is`, async () => {
    const node = await nodeWith(pure)
    const { files } = keptBy(await ask(node, WRITES))
    assert.equal(await textAt(node.store, files, 'd/f'), 'text')
    const garbage = await node.store.transact((transaction) => transaction.putBlock(new Uint8Array(9)))
    const collected = await collect(node.store, { named: namedByEntry })
    assert.equal(collected.refused, undefined)
    using snapshot = node.store.snapshot()
    assert.equal(await snapshot.hasBlock(garbage), false)
    assert.equal(await textAt(node.store, files, 'd/f'), 'text')
    await node.host.close()
  })
}

test('the same call of a pure program does not run again, and names the same folder', async () => {
  const decisions: string[] = []
  const node = await nodeWith(true, (event) => {
    if (event.stage === 'execute') decisions.push(event.decision)
  })
  const [first, second] = [keptBy(await ask(node, WRITES)), keptBy(await ask(node, WRITES))]
  assert.deepEqual(second, first)
  assert.deepEqual(decisions, ['pass', 'hit'])
  await node.host.close()
})

test('an output of many chunks is one with what else is stored of them', async () => {
  const node = await nodeWith(true)
  const { files } = keptBy(await ask(node, { args: 'write f text size f 3000000'.split(' '), scratch: '/' }))
  const content = new Uint8Array(3_000_000)
  content.set(new TextEncoder().encode('text'))
  const expected = stageContent(content, nodePut).cid
  assert.ok(files !== undefined)
  const entries = await gathered(walkFolder(node.store, files))
  assert.ok(entries[0]?.kind === 'file' && entries[0].cid.equals(expected))
  await node.host.close()
})

test('a program reads content of the node by its CID, and is told what is not here', async () => {
  const node = await nodeWith(true)
  const folder = await node.store.transact((transaction) => {
    const put = transaction.putBlock.bind(transaction)
    const file = stageContent(new TextEncoder().encode('inside'), put)
    return stageFolder([{ name: 'f', kind: 'file', ...file, isExecutable: false }], put).cid
  })
  const kept = keptBy(await ask(node, { args: ['read', 'f'], files: { '/in': folder } }))
  assert.equal(new TextDecoder().decode(kept.stdout), 'read inside = 0\n')
  const absent = nodePut(new TextEncoder().encode('nowhere'))
  const missing = await ask(node, { files: { '/in': absent } })
  assert.ok(missing.status === 'refused' && missing.code === 'MISSING', JSON.stringify(missing))
  await node.host.close()
})

test('arguments that no program could be called with are refused on both sides', async () => {
  const node = await nodeWith(true)
  assert.throws(() => writeProgramCall({ scratch: '' }), RangeError)
  const input = encodeDagCbor({ args: [], more: 1 })
  const wrong = await node.host.call({ protocol: node.protocol, method: 'run', input })
  assert.ok(wrong.status === 'refused' && wrong.code === 'SHAPE')
  for (const other of [[], { exit: 0 }, { exit: 0, stderr: '', stdout: '' }])
    assert.equal(readProgramResult(encodeDagCbor(other)).refused?.code, 'SHAPE')
  await node.host.close()
})

async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const nodePut: PutBlock = (bytes, codec = CODEC.raw) => hashBlock(nodeCrypto.sha256, codec, bytes)
