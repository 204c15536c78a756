import { commonFiles, manifest } from './template.ts'
import type { Template } from './template.ts'

const SOURCE = `import { bytes, error, input } from './promisegrid'

export { alloc } from './promisegrid'

/** Greets whoever is named. */
export function greet(at: usize, length: i32): i64 {
  const name = input(at, length)
  if (name.length == 0) return error('whom?')
  const hello = Uint8Array.wrap(String.UTF8.encode('hello, '))
  const out = new Uint8Array(hello.length + name.length)
  out.set(hello)
  out.set(name, hello.length)
  return bytes(out)
}
`

const SDK = `/** What a handler needs of its host: see spec/handler-abi.md of PromiseGrid, "Reactor". */

/** Memory of one call, which goes with it: nothing is freed. */
export function alloc(length: i32): usize {
  return heap.alloc(length)
}

/** What a method was given. */
export function input(at: usize, length: i32): Uint8Array {
  const bytes = new Uint8Array(length)
  memory.copy(bytes.dataStart, at, length)
  return bytes
}

/** The result of a method: these bytes. */
export function bytes(result: Uint8Array): i64 {
  return pair(result.dataStart, result.length)
}

/** The failure of a method, in words for its caller. */
export function error(message: string): i64 {
  const text = Uint8Array.wrap(String.UTF8.encode(message))
  return pair(text.dataStart | 0x80000000, text.length)
}

function pair(at: usize, length: i32): i64 {
  return (<i64>(<u64>at << 32)) | <i64>length
}
`

export const assemblyscript: Template = {
  files: (name) => ({
    ...commonFiles(name, 'assemblyscript'),
    'assembly/index.ts': SOURCE,
    'assembly/promisegrid.ts': SDK,
    'package.json': manifest(name, 'assemblyscript', '0.28.20'),
  }),
}
