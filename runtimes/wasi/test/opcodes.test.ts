import assert from 'node:assert/strict'
import test from 'node:test'

import { AFTER, AFTER_OPCODE, HEIGHT_CHANGE } from '../rewriter/opcodes.ts'
import { AFTER_VECTOR, AFTER_VECTOR_OPCODE, VECTOR_HEIGHT_CHANGE } from '../rewriter/vector-opcodes.ts'

/** An instruction that puts a value of each type on the stack. */
const PUSH = [
  [0x41, 0],
  [0x42, 0],
  [0x43, 0, 0, 0, 0],
  [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  [0xfd, 0x0c, ...Array<number>(16).fill(0)],
  [0xd0, 0x70],
]
const DROP = 0x1a

/** What may stand after an opcode, for the kinds that stand alone. */
const AFTER_BYTES: ReadonlyMap<number | undefined, readonly number[]> = new Map([
  [AFTER.nothing, []],
  [AFTER.memoryArgument, [0, 0]],
  [AFTER.constant32, [0]],
  [AFTER.constant64, [0]],
  [AFTER.bytes4, [0, 0, 0, 0]],
  [AFTER.bytes8, [0, 0, 0, 0, 0, 0, 0, 0]],
  [AFTER.zero, [0]],
  [AFTER.grow, [0]],
])

const AFTER_VECTOR_BYTES: ReadonlyMap<number | undefined, readonly number[]> = new Map([
  [AFTER_VECTOR.refused, []],
  [AFTER_VECTOR.nothing, []],
  [AFTER_VECTOR.memoryArgument, [0, 0]],
  [AFTER_VECTOR.bytes16, Array<number>(16).fill(0)],
  [AFTER_VECTOR.lane, [0]],
  [AFTER_VECTOR.memoryArgumentAndLane, [0, 0, 0]],
])

const OPERANDS = lists(3)

/** Takes a value of any type, so that the engine has more than one answer. */
const POLYMORPHIC = new Set([0x1a, 0x1b])

test('the engine takes and gives as many operands as the table of instructions says', () => {
  for (let opcode = 0; opcode < 256; opcode += 1) {
    const after = AFTER_BYTES.get(AFTER_OPCODE[opcode])
    if (after === undefined || POLYMORPHIC.has(opcode)) continue
    assert.deepEqual(changes([opcode, ...after]), [HEIGHT_CHANGE[opcode]], `opcode 0x${opcode.toString(16)}`)
  }
})

test('the engine knows the vector instructions of the table, and no others', () => {
  for (let opcode = 0; opcode < 256; opcode += 1) {
    const kind = AFTER_VECTOR_OPCODE[opcode]
    const encoded = opcode < 128 ? [0xfd, opcode] : [0xfd, opcode, 1]
    const expected = kind === AFTER_VECTOR.refused ? [] : [VECTOR_HEIGHT_CHANGE[opcode]]
    const found = changes([...encoded, ...(AFTER_VECTOR_BYTES.get(kind) ?? [])])
    assert.deepEqual(found, expected, `opcode 0xfd 0x${opcode.toString(16)}`)
  }
})

/** By how much the engine lets this instruction change the stack; nothing where it lets it not at all. */
function changes(instruction: readonly number[]): readonly number[] {
  for (const operands of OPERANDS) {
    for (const results of [0, 1]) {
      if (isValid(operands, instruction, results)) return [results - operands.length]
    }
  }
  return []
}

function isValid(operands: readonly number[], instruction: readonly number[], results: number): boolean {
  const pushes = operands.flatMap((type) => PUSH[type] ?? [])
  const body = [0, ...pushes, ...instruction, ...Array<number>(results).fill(DROP), 0x0b]
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1]
  return WebAssembly.validate(Uint8Array.from([...header, 10, body.length + 2, 1, body.length, ...body]))
}

/** Every list of up to this many types, shortest first. */
function lists(length: number): readonly (readonly number[])[] {
  if (length === 0) return [[]]
  const shorter = lists(length - 1)
  const longest = shorter.filter((list) => list.length === length - 1)
  return [...shorter, ...longest.flatMap((list) => PUSH.map((_, type) => [...list, type]))]
}
