/** Values of scripts, as JavaScript passes them, and as text to be compared. */
import type { WastValue } from './script.ts'

const view = new DataView(new ArrayBuffer(8))

/** References of the host that scripts count: the same number is the same object. */
const externs = new Map<string, object>()

/** Whether JavaScript can pass it at all: vectors cannot cross. */
export function canPass({ type }: WastValue): boolean {
  return type !== 'v128'
}

export function toJs({ type, value = '0' }: WastValue): unknown {
  const text = String(value)
  switch (type) {
    case 'i32':
      return Number(BigInt.asIntN(32, BigInt(text)))
    case 'i64':
      return BigInt.asIntN(64, BigInt(text))
    case 'f32':
      view.setUint32(0, Number(text))
      return view.getFloat32(0)
    case 'f64':
      view.setBigUint64(0, BigInt(text))
      return view.getFloat64(0)
    case 'externref':
      return text === 'null' ? null : externOf(text)
    default:
      return null
  }
}

function externOf(text: string): object {
  const known = externs.get(text) ?? { extern: text }
  externs.set(text, known)
  return known
}

/** What came back: numbers by their bits, every NaN as the one, functions as such. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return String(BigInt.asUintN(64, value))
    case 'number':
      return Number.isNaN(value) ? 'nan' : Object.is(value, -0) ? '-0' : String(value)
    case 'function':
      return 'function'
    case 'object':
      return value === null ? 'null' : `extern ${(value as { readonly extern?: string }).extern ?? ''}`
    default:
      return String(value)
  }
}

/** What is expected, in the same words; undefined where anything will do. */
export function expectedText(expected: WastValue): string | undefined {
  const { type, value } = expected
  if (value === undefined) return undefined
  if (String(value).startsWith('nan:')) return 'nan'
  if (type === 'funcref' && value !== 'null') return 'function'
  return textOf(toJs(expected))
}
