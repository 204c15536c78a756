/** The program in `component/guest/words.rs`: Rust with its library, as a component and as the module that is in it. */
import { readFileSync } from 'node:fs'

import { readComponent } from '../component/binary/read-component.ts'

const BUILT = new URL('../../../../runtimes/wasi/component/guest/built/words.wasm', import.meta.url)

/** The program and the adapter of preview 1, 135 KB. */
export const WORDS_COMPONENT = new Uint8Array(readFileSync(BUILT))

/** The program alone, 94 KB: it imports preview 1. */
export function wordsProgram(): Uint8Array<ArrayBuffer> {
  const program = readComponent(WORDS_COMPONENT).find((definition) => definition.is === 'core module')
  if (program === undefined) throw new Error('the component has no module')
  return program.module.bytes
}

const WORDS = ['tide', 'Tide', 'ebb', 'flood', 'neap', 'spring']

/** One KiB of words. */
export const TEXT = new TextEncoder().encode(
  Array.from({ length: 256 }, (_, at) => WORDS[at % WORDS.length])
    .join(' ')
    .slice(0, 1024),
)

/** Whether this is what the program makes of {@link TEXT}. @throws when it is not */
export function checkWords(report: Uint8Array): void {
  const lines = new TextDecoder().decode(report).split('\n')
  if (!/^\d+ ebb$/.test(lines[0] ?? '') || !lines.some((line) => /^\d+ tide$/.test(line)))
    throw new Error(`wrong report: ${lines[0]}`)
}
