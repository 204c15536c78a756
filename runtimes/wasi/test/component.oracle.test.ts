/** The same components in another implementation: jco makes JavaScript of them, which runs here beside ours. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'

import { createWasiRuntime } from '../index.ts'
import { built, builtComponent } from './components.ts'
import { run } from './fixtures.ts'

const JCO = new URL(
  '../../../../runtimes/wasi/component/guest/node_modules/@bytecodealliance/jco/dist/api.js',
  import.meta.url,
)

/** Behind these `shapes` has the text of a string, which jco 1.35 leaves empty where it is utf16 in a list. */
const COMPARED = 64

interface Tool {
  readonly transpile: (
    code: Uint8Array,
    options: object,
  ) => Promise<{ readonly files: Iterable<readonly [string, Uint8Array]> | Record<string, Uint8Array> }>
}

type Handle = (bytes: Uint8Array) => Uint8Array

/** What jco makes of a component without imports; called over and over it keeps its instance. */
async function transpiled(tool: Tool, name: string, folder: string): Promise<Handle> {
  const options = { name, noTypescript: true, noNodejsCompat: true, base64Cutoff: 1e9 }
  const { files } = await tool.transpile(builtComponent(name), options)
  const entries = Symbol.iterator in files ? [...files] : Object.entries(files)
  const [, source] = entries.find(([path]) => path.endsWith(`${name}.js`)) ?? []
  assert.ok(source !== undefined, 'jco made no JavaScript')
  const path = join(folder, `${name}.mjs`)
  await writeFile(path, source)
  const module = (await import(pathToFileURL(path).href)) as { readonly handle: Handle }
  return module.handle
}

test('jco and this linker agree on the components checked in', async (t) => {
  if (!existsSync(JCO)) {
    return t.skip('jco is not installed: npm ci --prefix runtimes/wasi/component/guest')
  }
  const tool = (await import(JCO.href)) as Tool
  const folder = await mkdtemp(join(tmpdir(), 'component-oracle-'))
  try {
    const runtime = createWasiRuntime()
    for (const [name, inputs] of [
      ['echo', ['', 'a', 'forwards and back'].map(bytesOf)],
      ['reverse', ['', 'a', 'forwards and back', '#', '!no'].map(bytesOf)],
      ['shapes', [0, 1, 5, 6, 8, 9].map((order) => Uint8Array.of(order))],
    ] as const) {
      const handle = await transpiled(tool, name, folder)
      for (const input of inputs) {
        const ours = await run(runtime, built(name), { input })
        assert.deepEqual(
          attempt(handle, input),
          ours.output?.subarray(0, COMPARED) ?? 'refused',
          `${name} on ${String(input)}`,
        )
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

function attempt(handle: Handle, input: Uint8Array): Uint8Array | string {
  try {
    return new Uint8Array(handle(input)).subarray(0, COMPARED)
  } catch {
    return 'refused'
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
