/** Components as they are checked in, and those that a test makes byte by byte. */
import { readFileSync } from 'node:fs'

import { describeCode } from './fixtures.ts'
import type { Descriptor } from '../../../kernel/index.ts'
import type { Fixture } from './fixtures.ts'

const BUILT = new URL('../../../../runtimes/wasi/component/guest/built/', import.meta.url)

/** The bytes of one of those that `component/guest/build.mjs` makes. */
export function builtComponent(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${name}.wasm`, BUILT)))
}

/** The component, deployed under a descriptor. */
export function component(code: Uint8Array, changes: Partial<Descriptor> = {}): Fixture {
  return { code, descriptor: describeCode(code, { entry: 'component', ...changes }) }
}

export function built(name: string, changes: Partial<Descriptor> = {}): Fixture {
  return component(builtComponent(name), changes)
}

// ------------------------------------------------------------------------------- written byte by byte

type Bytes = readonly number[]

const HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]
const utf8 = new TextEncoder()

export function leb(value: number): Bytes {
  const low = value & 0x7f
  return value < 0x80 ? [low] : [low | 0x80, ...leb(Math.floor(value / 0x80))]
}

export function name(text: string): Bytes {
  const bytes = utf8.encode(text)
  return [...leb(bytes.length), ...bytes]
}

/** The name of an import or export. */
export function externName(text: string): Bytes {
  return [0x00, ...name(text)]
}

export function list(items: readonly Bytes[]): Bytes {
  return [...leb(items.length), ...items.flat()]
}

export function section(id: number, content: Bytes): Bytes {
  return [id, ...leb(content.length), ...content]
}

export function bytesOf(...sections: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...HEADER, ...sections.flat()])
}

/** A component inside another, as a section. */
export function nested(...sections: readonly Bytes[]): Bytes {
  return section(4, [...HEADER, ...sections.flat()])
}

export const types = (...items: readonly Bytes[]): Bytes => section(7, list(items))
