/**
 * Small WebAssembly modules: sections in order with types, a memory, a table, globals, functions and exports,
 * their bodies made of instructions that keep the stack right more often than not.
 */
import type { Random } from './random.ts'

type Bytes = readonly number[]

const I32 = 0x7f
const I64 = 0x7e
const F32 = 0x7d
const F64 = 0x7c
const TYPES = [I32, I64, F32, F64]

/** Parameters and results; a function of type `n` ends with what `ENDS[n]` pushes. */
const SIGNATURES: readonly Bytes[] = [
  [0x60, 0, 1, I32],
  [0x60, 1, I32, 1, I32],
  [0x60, 0, 0],
  [0x60, 2, I32, I32, 1, I64],
  [0x60, 1, I32, 0],
]
const ENDS: readonly Bytes[] = [[0x41, 0], [0x41, 16], [], [0x42, 0], []]

/** Instructions that take nothing, or as much as they leave. */
const PLAIN: readonly Bytes[] = [
  [0x01],
  [0x41, 0x05, 0x1a],
  [0x42, 0x7f, 0x1a],
  [0x43, 0, 0, 0xc0, 0x7f, 0x1a],
  [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0x1a],
  [0x20, 0x00, 0x21, 0x00],
  [0x41, 0x00, 0x28, 0x02, 0x00, 0x1a],
  [0x41, 0x00, 0x41, 0x01, 0x36, 0x02, 0x00],
  [0x3f, 0x00, 0x1a],
  [0x41, 0x01, 0x40, 0x00, 0x1a],
  [0x41, 0x03, 0x41, 0x04, 0x6a, 0x1a],
  [0x41, 0x03, 0x41, 0x00, 0x6d, 0x1a],
  [0x41, 0x00, 0x41, 0x00, 0x41, 0x08, 0xfc, 0x0b, 0x00],
  [0x41, 0x00, 0x41, 0x00, 0x41, 0x08, 0xfc, 0x0a, 0x00, 0x00],
  [0x43, 0, 0, 0x80, 0x3f, 0xfc, 0x00, 0x1a],
  [0x43, 0, 0, 0x80, 0x3f, 0x91, 0x8c, 0x1a],
  [0x00],
  [0x0f],
]

/** Instructions that need what a module may not have, or that we may not admit. */
const BOLD: readonly Bytes[] = [
  [0x23, 0x00, 0x24, 0x00],
  [0x41, 0x00, 0x11, 0x00, 0x00, 0x1a],
  [0x10, 0x02, 0x1a],
  [0xfd, 0x0c, ...Array<number>(16).fill(0), 0x1a],
  [0xfe, 0x03, 0x00],
]

export function moduleBytes(random: Random): Uint8Array {
  const isReactor = random.once(2)
  const imported = random.once(3) ? 1 : 0
  const types = [
    ...(isReactor ? [3, 1] : [2]),
    ...Array.from({ length: random.size(3) }, () => random.below(5)),
  ]
  const most = 1 + random.below(300)
  const sections: Bytes[] = [
    section(1, vector(SIGNATURES)),
    imported === 0
      ? []
      : section(2, vector([[...name('wasi_snapshot_preview1'), ...name('proc_exit'), 0, 4]])),
    section(3, vector(types.map((type) => [type]))),
    random.once(2) ? section(4, vector([[0x70, ...limits(random, 9)]])) : [],
    section(5, vector([limits(random, most)])),
    random.once(2) ? section(6, vector([[I32, random.below(2), 0x41, random.byte() & 0x3f, 0x0b]])) : [],
    section(7, vector(exportsOf(imported, isReactor))),
    random.once(12) ? section(8, [imported]) : [],
    random.once(8) ? section(9, vector([[0, 0x41, 0, 0x0b, 1, 0]])) : [],
    section(10, vector(types.map((type) => body(random, type)))),
    random.once(2) ? section(11, vector([[0, 0x41, 8, 0x0b, 2, 0x68, 0x69]])) : [],
    random.once(3) ? section(0, [...name('name'), ...random.bytes(4)]) : [],
  ]
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()])
}

function exportsOf(imported: number, isReactor: boolean): Bytes[] {
  const memory: Bytes = [...name('memory'), 2, 0]
  const first: Bytes = [...name(isReactor ? 'echo' : '_start'), 0, imported]
  return isReactor ? [memory, first, [...name('alloc'), 0, imported + 1]] : [memory, first]
}

function body(random: Random, type: number): Bytes {
  const locals = [1, 1 + random.size(60), random.once(3) ? random.pick(TYPES) : I32]
  const code = [...locals, ...instructions(random, 4), ...(ENDS[type] ?? []), 0x0b]
  return [...leb(code.length), ...code]
}

function instructions(random: Random, depth: number): number[] {
  const made: number[] = []
  for (let left = random.size(6); left > 0; left -= 1) {
    if (depth > 0 && random.once(3)) made.push(...block(random, depth - 1))
    else made.push(...random.pick(random.once(30) ? BOLD : PLAIN))
  }
  return made
}

function block(random: Random, depth: number): number[] {
  const inside = instructions(random, depth)
  const condition = [0x41, random.below(2)]
  const leave = random.pick<Bytes>([[], [0x0c, 0], [...condition, 0x0d, 0], [...condition, 0x0e, 1, 0, 0]])
  return random.pick([
    [0x02, 0x40, ...inside, ...leave, 0x0b],
    [0x03, 0x40, ...inside, ...leave, 0x0b],
    [...condition, 0x04, 0x40, ...inside, 0x05, ...inside, 0x0b],
  ])
}

function limits(random: Random, most: number): Bytes {
  const least = leb(random.below(Math.min(most, 3)))
  return random.once(2) ? [0, ...least] : [1, ...least, ...leb(most)]
}

function section(id: number, content: Bytes): Bytes {
  return [id, ...leb(content.length), ...content]
}

function vector(items: readonly Bytes[]): Bytes {
  return [...leb(items.length), ...items.flat()]
}

function name(text: string): Bytes {
  return [text.length, ...new TextEncoder().encode(text)]
}

function leb(value: number): Bytes {
  return value < 128 ? [value] : [(value % 128) | 128, ...leb(value >>> 7)]
}
