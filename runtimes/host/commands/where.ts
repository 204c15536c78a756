/**
 * Constraints as people type them: `PATH OPERATOR VALUE`.
 *
 *   path      key.key[0]["odd key"], or a dot alone: the bytes of the arguments themselves
 *   operator  =  one of the values, with | between     ^=  begins with
 *             >= <=  at least, at most                 #= #>= #<=  so long, or so many
 *   value     a number, true, false, null, "text", b"bytes of a text", h'hex', or a text without quotes
 */
import type { Scalar } from '../../../kernel/index.ts'
import type { Where } from '../capability/narrow-caveats.ts'

type Path = readonly (string | number)[]
type Operator = (typeof OPERATORS)[number]
const OPERATORS = ['#>=', '#<=', '#=', '>=', '<=', '^=', '='] as const

/** Undefined for anything else. */
export function parseWhere(text: string): Where | undefined {
  const [at, rest] = parsePath(text.trim())
  const operator = at === undefined ? undefined : OPERATORS.find((each) => rest.startsWith(each))
  if (at === undefined || operator === undefined) return undefined
  const values = parseValues(rest.slice(operator.length))
  const demand = values && demandOf(operator, values)
  return demand && { at, ...demand }
}

const STEP = /^\.?([\p{L}_][\p{L}\p{N}_-]*)|^\[(\d{1,15})\]|^\[("(?:[^"\\]|\\.)*")\]/u

function parsePath(text: string): readonly [Path | undefined, string] {
  const path: (string | number)[] = []
  if (text.startsWith('.')) return [path, text.slice(1).trimStart()]
  let rest = text
  for (let step = STEP.exec(rest); step !== null; step = STEP.exec(rest)) {
    const [whole, name, index, quoted] = step
    const key = name ?? (index === undefined ? parseJson(quoted ?? '') : Number(index))
    if (typeof key !== 'string' && typeof key !== 'number') return [undefined, rest]
    path.push(key)
    rest = rest.slice(whole.length)
  }
  return [path.length > 0 ? path : undefined, rest.trimStart()]
}

const VALUE = /^\s*(b?"(?:[^"\\]|\\.)*"|h'(?:[0-9a-fA-F]{2})*'|[^|"]*?)\s*(\||$)/

function parseValues(text: string): readonly Scalar[] | undefined {
  const values: Scalar[] = []
  for (let rest = text; ;) {
    const [whole = '', written = '', more] = VALUE.exec(rest) ?? []
    const value = whole === '' && rest !== '' ? undefined : parseValue(written)
    if (value === undefined) return undefined
    values.push(value)
    rest = rest.slice(whole.length)
    if (more !== '|') return values
  }
}

function parseValue(written: string): Scalar | undefined {
  if (/^(-?\d+|true|false|null|".*")$/su.test(written)) return parseJson(written)
  if (written.startsWith('b"')) {
    const text = parseJson(written.slice(1))
    return typeof text === 'string' ? new TextEncoder().encode(text) : undefined
  }
  return written.startsWith("h'") ? Uint8Array.from(Buffer.from(written.slice(2, -1), 'hex')) : written
}

function parseJson(text: string): Scalar | undefined {
  try {
    return JSON.parse(text) as Scalar
  } catch {
    return undefined
  }
}

function demandOf(operator: Operator, values: readonly Scalar[]): Omit<Where, 'at'> | undefined {
  const [value] = values
  if (operator === '=')
    return values.length === 1 && value !== undefined ? { equals: value } : { oneOf: values }
  if (values.length !== 1) return undefined
  if (operator === '^=')
    return typeof value === 'string' || value instanceof Uint8Array ? { prefix: value } : undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined
  switch (operator) {
    case '>=':
      return { min: value }
    case '<=':
      return { max: value }
    case '#>=':
      return { size: { min: value } }
    case '#<=':
      return { size: { max: value } }
    case '#=':
      return { size: { min: value, max: value } }
  }
}
