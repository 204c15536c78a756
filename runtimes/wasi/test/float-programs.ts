/**
 * Programs through which floating-point values flow in every way there is, made of a row of choices. Each comes in two
 * forms: as a compiler would write it, and with every result of arithmetic made the one NaN at once by a function
 * of its own, which is what the chapter says, word for word.
 */
const F32 = 'f32'
const F64 = 'f64'
const V128 = 'v128'
const TYPES = [F64, F32, V128] as const
type Type = (typeof TYPES)[number]

/** Bytes of the memory that programs read numbers from; what they write comes after. */
export const INPUT_BYTES = 256
export const MEMORY_BYTES = 4_096
const DEPTH_MAX = 4
const LOOPS_MAX = 3
const LOCALS = 3

export interface FloatProgram {
  /** As it would be deployed. */
  readonly text: string
  /** The same, settled at once. */
  readonly oracle: string
  /** Instructions of each region, with where its turns are counted; that of the function is entered once. */
  readonly regions: readonly { readonly price: number; readonly turnsAt: number | undefined }[]
  /** Where the calls of functions are counted, and what each takes. */
  readonly callsAt: number
  readonly callPrice: number
}

const CALL_PRICE = 8
const CALLS_AT = 4_092
const TURNS_AT = 3_072

/** `choices` are used one after another; where they end the simplest is chosen. */
export function floatProgram(choices: readonly number[]): FloatProgram {
  const program = new Program(choices)
  program.statements(0)
  return program.finish()
}

interface Region {
  price: number
  readonly turnsAt: number | undefined
}

class Program {
  readonly #choices: readonly number[]
  readonly #lines: string[] = []
  readonly #regions: Region[] = [{ price: 0, turnsAt: undefined }]
  readonly #open: Region[] = [this.#regions[0] as Region]
  /** What labels there are, innermost last. */
  readonly #labels: string[] = []
  #next = 0
  #address = INPUT_BYTES

  constructor(choices: readonly number[]) {
    this.#choices = choices
  }

  #choose(count: number): number {
    const choice = this.#choices[this.#next]
    this.#next += 1
    return (choice ?? 0) % count
  }

  get #isOver(): boolean {
    return this.#next >= this.#choices.length
  }

  /** One instruction. */
  #emit(line: string): void {
    this.#lines.push(line)
    const region = this.#open.at(-1)
    if (region !== undefined) region.price += 1
  }

  /** Arithmetic, whose result the oracle settles at once. */
  #arithmetic(line: string, shape: string): void {
    this.#emit(`${line} ;; ${shape}`)
  }

  finish(): FloatProgram {
    this.#emit('i32.const 0')
    const body = this.#lines
    const price = this.#regions[0] as Region
    price.price += 1
    for (const type of TYPES) for (let index = 0; index < LOCALS; index += 1) this.#keepLocal(type, index)
    return {
      text: moduleOf(body.map((line) => line.replace(/ ;; .*/, ''))),
      oracle: moduleOf(body.map((line) => line.replace(/ ;; (.*)/, '\n    call $$settle_$1'))),
      regions: this.#regions,
      callsAt: CALLS_AT,
      callPrice: CALL_PRICE,
    }
  }

  /** Nothing that a local holds at the end is lost: it is the last sink. */
  #keepLocal(type: Type, index: number): void {
    const result = this.#lines.pop() as string
    this.#address += 16
    ;(this.#regions[0] as Region).price += 3
    this.#lines.push(`i32.const ${this.#address}`, `local.get $${type}_${index}`, `${type}.store`, result)
  }

  // ---------------------------------------------------------------------------------------- statements

  statements(depth: number): void {
    for (let left = 1 + this.#choose(4); left > 0 && !this.#isOver; left -= 1) this.#statement(depth)
  }

  #statement(depth: number): void {
    const type = this.#type()
    switch (depth >= DEPTH_MAX ? this.#choose(5) : this.#choose(10)) {
      case 0:
      case 1:
        this.#expression(type, 0)
        return this.#emit(`local.set $${type}_${this.#choose(LOCALS)}`)
      case 2:
        return this.#store(type)
      case 3:
        this.#expression(type, 0)
        return this.#emit(`global.set $g_${type}`)
      case 4:
        return this.#leave()
      case 5:
      case 6:
        return this.#loop(depth)
      case 7:
        return this.#if(depth)
      case 8:
        return this.#block(depth)
      default:
        this.#expression(type, 0)
        return this.#emit('drop')
    }
  }

  #store(type: Type): void {
    this.#address = INPUT_BYTES + 256 + ((this.#address + 16) % 2_048)
    this.#emit(`i32.const ${this.#address}`)
    this.#expression(type, 0)
    if (type !== F64 || this.#choose(2) === 0) return this.#emit(`${type}.store`)
    this.#emit('i64.reinterpret_f64')
    this.#emit('i64.store')
  }

  #leave(): void {
    if (this.#labels.length === 0) return
    const label = this.#labels[this.#choose(this.#labels.length)] as string
    // A loop that is begun again ends by its count of turns.
    this.#condition()
    this.#emit(`br_if ${label}`)
  }

  #loop(depth: number): void {
    if (this.#regions.length > LOOPS_MAX) return
    const index = this.#regions.length
    const region = { price: 0, turnsAt: TURNS_AT + 4 * index }
    this.#regions.push(region)
    const again = `$again_${index}`
    const done = `$done_${index}`
    this.#emit(`block ${done}`)
    this.#emit(`loop ${again}`)
    this.#open.push(region)
    this.#countTurn(region.turnsAt, index)
    this.#emit(`br_if ${done}`)
    this.#labels.push(done, again)
    this.statements(depth + 1)
    this.#labels.length -= 2
    this.#emit(`br ${again}`)
    this.#emit('end')
    this.#open.pop()
    this.#emit('end')
  }

  /** Leaves whether there have been enough. */
  #countTurn(at: number, index: number): void {
    for (const line of [
      `i32.const ${at}`,
      `i32.const ${at}`,
      'i32.load',
      'i32.const 1',
      'i32.add',
      'i32.store',
    ])
      this.#emit(line)
    this.#emit(`i32.const ${at}`)
    this.#emit('i32.load')
    this.#emit(`i32.const ${5 + index}`)
    this.#emit('i32.ge_u')
  }

  #if(depth: number): void {
    this.#condition()
    this.#emit('if')
    this.statements(depth + 1)
    if (this.#choose(2) === 1) {
      this.#emit('else')
      // It is no instruction that is executed, and is paid for all the same.
      this.statements(depth + 1)
    }
    this.#emit('end')
  }

  #block(depth: number): void {
    const label = `$block_${this.#lines.length}`
    this.#emit(`block ${label}`)
    this.#labels.push(label)
    this.statements(depth + 1)
    this.#labels.pop()
    this.#emit('end')
  }

  // --------------------------------------------------------------------------------------- expressions

  #type(): Type {
    return TYPES[this.#choose(5) % TYPES.length] as Type
  }

  #condition(): void {
    const type = this.#choose(2) === 0 ? F64 : F32
    this.#expression(type, 1)
    this.#expression(type, 1)
    this.#emit(`${type}.${['lt', 'eq', 'ne', 'ge'][this.#choose(4)]}`)
  }

  #expression(type: Type, depth: number): void {
    if (depth >= DEPTH_MAX || this.#isOver) return this.#leaf(type)
    if (type === V128) return this.#vector(depth)
    switch (this.#choose(16)) {
      case 0:
      case 1:
        return this.#leaf(type)
      case 2:
        this.#expression(type, depth + 1)
        return this.#emit(`local.tee $${type}_${this.#choose(LOCALS)}`)
      case 3:
      case 4:
      case 5:
      case 6:
        this.#expression(type, depth + 1)
        this.#expression(type, depth + 1)
        return this.#arithmetic(
          `${type}.${['add', 'sub', 'mul', 'div', 'min', 'max'][this.#choose(6)]}`,
          type,
        )
      case 7:
        this.#expression(type, depth + 1)
        return this.#arithmetic(
          `${type}.${['ceil', 'floor', 'trunc', 'nearest', 'sqrt'][this.#choose(5)]}`,
          type,
        )
      case 8:
        this.#expression(type, depth + 1)
        return this.#emit(`${type}.${['neg', 'abs'][this.#choose(2)]}`)
      case 9:
        this.#expression(type, depth + 1)
        this.#expression(type, depth + 1)
        return this.#emit(`${type}.copysign`)
      case 10:
        this.#expression(type, depth + 1)
        this.#expression(type, depth + 1)
        this.#condition()
        return this.#emit(this.#choose(2) === 0 ? 'select' : `select (result ${type})`)
      case 11:
        return this.#otherWidth(type, depth)
      case 12:
        this.#expression(type, depth + 1)
        return this.#emit(`call $same_${type}`)
      case 13:
        return this.#ifElse(type, depth)
      case 14:
        return this.#blockOf(type, depth)
      default:
        this.#expression(type, depth + 1)
        this.#emit(type === F64 ? 'i64.reinterpret_f64' : 'i32.reinterpret_f32')
        return this.#emit(type === F64 ? 'f64.reinterpret_i64' : 'f32.reinterpret_i32')
    }
  }

  #leaf(type: Type): void {
    const choice = this.#choose(4)
    if (choice < 2) return this.#emit(`local.get $${type}_${this.#choose(LOCALS)}`)
    if (choice === 3 && type !== V128)
      return this.#emit(`${type}.const ${CONSTANTS[this.#choose(CONSTANTS.length)]}`)
    if (choice === 3) return this.#emit(`global.get $g_${type}`)
    this.#emit(`i32.const ${8 * this.#choose((INPUT_BYTES - 16) / 8)}`)
    this.#emit(`${type}.load`)
  }

  #otherWidth(type: typeof F32 | typeof F64, depth: number): void {
    if (type === F64) {
      this.#expression(F32, depth + 1)
      return this.#arithmetic('f64.promote_f32', F64)
    }
    this.#expression(F64, depth + 1)
    this.#arithmetic('f32.demote_f64', F32)
  }

  #ifElse(type: Type, depth: number): void {
    this.#condition()
    this.#emit(`if (result ${type})`)
    this.#expression(type, depth + 1)
    this.#emit('else')
    this.#expression(type, depth + 1)
    this.#emit('end')
  }

  #blockOf(type: Type, depth: number): void {
    const label = `$value_${this.#lines.length}`
    this.#emit(`block ${label} (result ${type})`)
    this.#expression(type, depth + 1)
    this.#condition()
    this.#emit(`br_if ${label}`)
    this.#emit('drop')
    this.#expression(type, depth + 1)
    this.#emit('end')
  }

  #vector(depth: number): void {
    const shape = this.#choose(4) === 3 ? 'f64x2' : 'f32x4'
    switch (this.#choose(7)) {
      case 0:
        return this.#leaf(V128)
      case 1:
      case 2:
        this.#expression(V128, depth + 1)
        this.#expression(V128, depth + 1)
        return this.#arithmetic(
          `${shape}.${['add', 'sub', 'mul', 'div', 'min', 'max'][this.#choose(6)]}`,
          shape,
        )
      case 3:
        this.#expression(V128, depth + 1)
        this.#expression(V128, depth + 1)
        return this.#emit(
          ['v128.xor', `${shape}.pmin`, `${shape}.eq`, `${shape}.pmax`][this.#choose(4)] as string,
        )
      case 4:
        this.#expression(V128, depth + 1)
        return this.#emit(`local.tee $v128_${this.#choose(LOCALS)}`)
      case 5:
        this.#expression(V128, depth + 1)
        return this.#arithmetic(`${shape}.${['sqrt', 'ceil', 'nearest'][this.#choose(3)]}`, shape)
      default:
        this.#expression(V128, depth + 1)
        return this.#emit(`${shape}.${['neg', 'abs'][this.#choose(2)]}`)
    }
  }
}

const CONSTANTS = ['0', '1.5', '-2', 'inf', 'nan', '-nan', 'nan:0x1234']

function moduleOf(lines: readonly string[]): string {
  const locals = TYPES.map((type) =>
    Array.from({ length: LOCALS }, (_, index) => `(local $${type}_${index} ${type})`).join(' '),
  )
  return `(module (memory (export "memory") 1)
  (global $g_f32 (mut f32) (f32.const 0)) (global $g_f64 (mut f64) (f64.const 0))
  (global $g_v128 (mut v128) (v128.const i32x4 0 0 0 0))
  ${[F32, F64].map(same).join('\n')}
  ${SETTLE}
  (func (export "f") (result i32) ${locals.join(' ')}
    ${lines.join('\n    ')}))`
}

/** Eight instructions, its end included. */
function same(type: string): string {
  const calls = `(i32.const ${CALLS_AT})`
  return `(func $same_${type} (param ${type}) (result ${type})
    (i32.store ${calls} (i32.add (i32.load ${calls}) (i32.const 1))) (local.get 0))`
}

function settle(type: string): string {
  return `(func $settle_${type} (param ${type}) (result ${type})
    (if (result ${type}) (${type}.eq (local.get 0) (local.get 0)) (then (local.get 0)) (else (${type}.const nan))))`
}

function settleLanes(shape: string): string {
  const nan = shape === 'f32x4' ? 'nan nan nan nan' : 'nan nan'
  return `(func $settle_${shape} (param v128) (result v128)
    (v128.bitselect (local.get 0) (v128.const ${shape} ${nan}) (${shape}.eq (local.get 0) (local.get 0))))`
}

/** Functions that make the one NaN of what arithmetic gave: `$settle` is that of f64. */
export const SETTLE = [
  ...[F32, F64].map(settle),
  ...['f32x4', 'f64x2'].map(settleLanes),
  settle(F64).replace('$settle_f64', '$settle'),
].join('\n')
