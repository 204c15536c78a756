/** The instructions that make a NaN on top of the stack the one NaN, and leave every other value as it is. */
import { SHAPE } from './treatment.ts'
import type { Scratch, ScratchName } from '../scratch.ts'
import type { Writer } from '../writer.ts'
import type { Shape } from './treatment.ts'

const SELECT = 0x1b
const LOCAL_GET = 0x20
const LOCAL_TEE = 0x22
const VECTOR = 0xfd
const BITSELECT = 0x52

interface Way {
  readonly local: ScratchName
  /** The one NaN, as the constant instruction that makes it. */
  readonly nan: readonly number[]
  /** value, NaN, value == value: the first where the third holds, else the second. */
  readonly choose: readonly number[]
}

const WAYS: ReadonlyMap<Shape, Way> = new Map([
  [SHAPE.f32, { local: 'f32', nan: [0x43, 0x00, 0x00, 0xc0, 0x7f], choose: [0x5b, SELECT] }],
  [
    SHAPE.f64,
    {
      local: 'f64',
      nan: [0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f],
      choose: [0x61, SELECT],
    },
  ],
  [
    SHAPE.f32x4,
    {
      local: 'v128',
      nan: [VECTOR, 0x0c, ...repeat([0x00, 0x00, 0xc0, 0x7f], 4)],
      choose: [VECTOR, 0x41, VECTOR, BITSELECT],
    },
  ],
  [
    SHAPE.f64x2,
    {
      local: 'v128',
      nan: [VECTOR, 0x0c, ...repeat([0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f], 2)],
      choose: [VECTOR, 0x47, VECTOR, BITSELECT],
    },
  ],
])

export function canonicalise(out: Writer, shape: Shape, scratch: Scratch): void {
  const way = WAYS.get(shape)
  if (way === undefined) throw new RangeError(`shape: ${shape} is none`)
  const local = scratch.local(way.local)
  out.byte(LOCAL_TEE)
  out.u32(local)
  out.all(way.nan)
  for (let times = 2; times > 0; times -= 1) {
    out.byte(LOCAL_GET)
    out.u32(local)
  }
  out.all(way.choose)
}

function repeat(bytes: readonly number[], times: number): readonly number[] {
  return Array.from({ length: times }, () => bytes).flat()
}
