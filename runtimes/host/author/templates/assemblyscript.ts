import { ASSEMBLYSCRIPT_SDK } from './assemblyscript-sdk.ts'
import { commonFiles, manifest } from './template.ts'
import type { Template } from './template.ts'

const SOURCE = `import { bytes, error, input, utf8 } from './promisegrid'

export { alloc } from './promisegrid'

/** Greets whoever is named. */
export function greet(at: usize, length: i32): i64 {
  const name = input(at, length)
  if (name.length == 0) return error('whom?')
  const hello = utf8('hello, ')
  const out = new Uint8Array(hello.length + name.length)
  out.set(hello)
  out.set(name, hello.length)
  return bytes(out)
}
`

export const assemblyscript: Template = {
  files: (name) => ({
    ...commonFiles(name, 'assemblyscript'),
    'assembly/index.ts': SOURCE,
    'assembly/promisegrid.ts': ASSEMBLYSCRIPT_SDK,
    'package.json': manifest(name, 'assemblyscript', '0.28.20'),
  }),
}
