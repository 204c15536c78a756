/** Programs are larger than a block: deployed as content, named by its CID, run as one module. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import wabt from 'wabt'

import { BLOCK_BYTES_MAX, CODEC, writeContent } from '../../../promisebase/index.ts'
import { readDescriptor } from '../../../kernel/index.ts'
import { createHost } from '../create-host.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { Host } from '../interface.ts'

/** A command that writes the last octets of its data, of which there is more than a block holds. */
const SIZE = BLOCK_BYTES_MAX + 70_000
const CODE = await assembled(`(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 20)
  (data (i32.const 0) "${'sand'.repeat(SIZE / 4)}shell")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const ${SIZE}))
    (i32.store (i32.const 4) (i32.const 5))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`)

async function assembled(source: string): Promise<Uint8Array> {
  const toolkit = await wabt()
  const module = toolkit.parseWat('large.wat', source)
  try {
    return new Uint8Array(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}

async function codeOf(host: Host, protocol: Awaited<ReturnType<Host['deploy']>>) {
  const block = await host.get(protocol)
  const read = readDescriptor(block ?? new Uint8Array())
  assert.ok(read.ok)
  return read.ok.code
}

test('deploys and runs code of more than a block', async () => {
  await using host = await createHost()
  const protocol = await host.deploy(CODE)
  const result = await host.call({ protocol, method: 'run' })
  assert.ok(result.status === 'kept', JSON.stringify(result))
  assert.equal(new TextDecoder().decode(result.bytes), 'shell')
})

test('names code by the CID that the same file has as content', async () => {
  await using host = await createHost()
  const code = await codeOf(host, await host.deploy(CODE))
  assert.equal(code.code, CODEC.dagCbor)
  assert.ok(code.equals((await writeContent(host.store, CODE)).cid))
})

test('keeps code that fits into a block in one', async () => {
  await using host = await createHost()
  const small = CODE.slice(0, 8)
  const code = await codeOf(
    host,
    await host.deploy(await assembled('(module (memory (export "memory") 1) (func (export "_start")))')),
  )
  assert.equal(code.code, CODEC.raw)
  await assert.rejects(host.deploy(small), { code: 'ADMIT' })
})

test('refuses code that is longer than the host takes: ADMIT', async () => {
  await using host = await createHost({ limits: { codeBytes: CODE.length - 1 } })
  await assert.rejects(host.deploy(CODE), { code: 'ADMIT', message: /are allowed here/ })
})

test('is deployed, inspected and called on the command line like any other', async () => {
  const cwd = temporaryFolder()
  await grid(['init'], { cwd })
  writeFileSync(join(cwd, 'large.wasm'), CODE)
  const { result } = await gridJson(['deploy', 'large.wasm', '--name', 'large'], { cwd })
  assert.equal(result['bytes'], CODE.length)
  const inspected = await gridJson(['handler', 'inspect', 'large.wasm'], { cwd })
  assert.equal(inspected.result['kind'], 'module')
  for (const name of ['large', result['code'] as string])
    assert.deepEqual((await gridJson(['handler', 'inspect', name], { cwd })).result, inspected.result)
  const { stdout } = await grid(['call', 'large', 'run'], { cwd })
  assert.equal(stdout.toString(), 'shell')
})
