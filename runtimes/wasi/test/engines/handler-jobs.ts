/** Code as it is used: the committed handlers, programs with files, and components. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../../../../conformance/test/repository.ts'
import { CODEC, hashBlock, nobleCrypto, stageContent, stageFolder } from '../../../../promisebase/index.ts'
import { createWasiRuntime, writeProgramCall } from '../../index.ts'
import { builtComponent } from '../components.ts'
import { runJob } from './answer.ts'
import { packed } from './job.ts'
import { exactly, job } from './make-job.ts'
import type { FolderEntry, PutBlock } from '../../../../promisebase/index.ts'
import type { ProgramCall } from '../../index.ts'
import type { Job } from './job.ts'
import type { JobChanges } from './make-job.ts'

const utf8 = new TextEncoder()
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(join(root, path)))
/** English, 20 KB of it. */
const TEXT = file('spec/handler-abi.md').subarray(0, 20_000)

export async function handlerJobs(): Promise<Job[]> {
  return [...(await committed()), ...(await programs()), ...(await components())]
}

async function committed(): Promise<Job[]> {
  const [words, lz4] = [file('handlers/word-index/word-index.wasm'), file('handlers/lz4/lz4.wasm')]
  const limits = { memoryBytes: 18 * 2 ** 20 }
  const command = { descriptor: { entry: 'command', limits } }
  const compress = job('lz4: compress', lz4, { descriptor: { limits }, method: 'compress', input: TEXT })
  const frame = await outputOf(compress)
  const decompress: JobChanges = { descriptor: { limits }, method: 'decompress', input: frame }
  return [
    ...(await exactly(job('word-index: run', words, { ...command, method: 'run', input: TEXT }))),
    job('word-index: top', words, { ...command, method: 'top', input: TEXT }),
    job('word-index: not UTF-8', words, { ...command, method: 'run', input: Uint8Array.of(0xff) }),
    compress,
    job('lz4: decompress', lz4, decompress),
    job('lz4: a frame cut short', lz4, { ...decompress, input: frame.subarray(0, -1) }),
  ]
}

async function outputOf(given: Job): Promise<Uint8Array> {
  const runtime = createWasiRuntime()
  const { ended } = await runJob(runtime, given)
  await runtime.close?.()
  if (ended.output === undefined) throw new Error(`${given.name}: ${JSON.stringify(ended.refused)}`)
  return ended.output
}

/** Blocks as a job carries them, and how they come to be among them. */
class Carried {
  readonly blocks: { readonly codec: number; readonly bytes: string }[] = []

  put: PutBlock = (bytes, codec = CODEC.raw) => {
    this.blocks.push({ codec, bytes: packed(bytes) })
    return hashBlock(nobleCrypto.sha256, codec, bytes)
  }

  file(name: string, text: string): FolderEntry {
    return { name, kind: 'file', ...stageContent(utf8.encode(text), this.put), isExecutable: false }
  }

  folder(...entries: readonly FolderEntry[]) {
    return stageFolder(entries, this.put)
  }
}

/** A command that writes a hundred random bytes and what time it is. */
const CLOCK = `(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "@\\00\\00\\00l\\00\\00\\00")
  (func (export "_start")
    (drop (call $random (i32.const 64) (i32.const 100)))
    (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 164)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`

/** Of `wasi:filesystem`, one after the other; the last ones end a run for want of what it may have. */
const FILES_OPERATIONS = [
  'write f abc append f def read f hash f stat f times f list symlink ../f up read up wait 5 9 now wall',
  'keep crw f out 3 put abc zeroes 70000 in 0 count 9 skip 1 take 9 splice 9 fread 9 0 drop shut-in shut-out list',
  'dir 0 list read sea.txt write sea.txt x rename sea.txt x linkto 1 sea.txt y cd .. env cwd places exit 9',
  'many open c f',
  'places-again 2000',
]

async function programs(): Promise<Job[]> {
  const carried = new Carried()
  const sea = carried.file('sea.txt', 'The sea\nIt comes & goes.')
  const notes = carried.folder(sea, carried.file('moon.txt', 'The moon\nIt pulls.')).cid
  const folder = {
    name: 'folder',
    kind: 'folder',
    ...carried.folder(carried.file('inner.txt', 'deeper\n')),
  } as const
  const link = { name: 'link', kind: 'link', target: 'text.txt' } as const
  const texts = carried.folder(carried.file('text.txt', 'some text\n'), link, folder).cid
  const program = (name: string, code: Uint8Array, given: ProgramCall): Job => {
    const descriptor = { entry: 'program', name: 'program' }
    return job(name, code, {
      descriptor,
      method: 'run',
      input: writeProgramCall(given),
      blocks: carried.blocks,
    })
  }
  const pages = file('examples/16-program/pages.wasm')
  const asComponent = file('examples/16-program/pages.component.wasm')
  const written: ProgramCall = { args: ['/in', '/out', 'Notes'], files: { '/in': notes }, scratch: '/out' }
  const fixture = (name: string): Uint8Array => file(`conformance/test/wasi/${name}.wasm`)
  const inRoot: ProgramCall = { args: ['root.dir'], files: { 'root.dir': texts }, scratch: 'root.dir' }
  const system = { args: ['one', 'two words'], env: { NAME: 'value' }, stdin: utf8.encode('a line\n') }
  return [
    job('random numbers and the time', CLOCK, { descriptor: { entry: 'command' } }),
    ...(await exactly(program('a program that reads and writes files', pages, written))),
    program('a program without its files', pages, { args: ['/in', '/out'] }),
    program('arguments, environment and streams', fixture('process'), system),
    ...['content', 'descriptors', 'names'].map((name) =>
      program(`a program on ${name}`, fixture(name), inRoot),
    ),
    { ...program("a program on C's own library", fixture('library'), inRoot), fuel: 200_000_000 },
    ...(await exactly(program('a component that reads and writes files', asComponent, written))),
    ...['content', 'names'].map((name) =>
      program(`a component on ${name}`, fixture(`components/${name}`), inRoot),
    ),
    ...FILES_OPERATIONS.map((operations) =>
      program(`a component that does ${operations}`, builtComponent('files'), {
        args: operations.split(' '),
        files: { '/in': notes },
        scratch: '/out',
      }),
    ),
  ]
}

async function components(): Promise<Job[]> {
  const component = (name: string, changes: JobChanges = {}): Job => {
    const descriptor = { entry: 'component', name: 'component' }
    const how = `a component, ${name}: ${changes.method ?? packed(changes.input ?? new Uint8Array())}`
    return job(how, builtComponent(name), { ...changes, descriptor })
  }
  const orders = (name: string, last: number): Job[] =>
    Array.from({ length: last + 1 }, (_, order) => component(name, { input: Uint8Array.of(order) }))
  return [
    component('echo', { input: utf8.encode('again') }),
    ...['forwards', '#', '!no', '*'].map((text) => component('reverse', { input: utf8.encode(text) })),
    ...orders('shapes', 11),
    ...orders('misbehaving', 4),
    ...(await exactly(component('count-lines', { method: 'count', input: utf8.encode('one\ntwo\n') }))),
    component('count-lines', { method: 'fail' }),
  ]
}
