/** Types of a handler as TypeScript, for whoever calls it (spec/types.md, "In TypeScript"). */
import type { HandlerTypes, MethodType, ScalarType, ValueType } from '../../../kernel/index.ts'

const SCALARS: Readonly<Record<ScalarType, string>> = {
  bool: 'boolean',
  ...{ s8: 'number', u8: 'number', s16: 'number', u16: 'number', s32: 'number', u32: 'number' },
  ...{ s64: 'bigint', u64: 'bigint', f32: 'number', f64: 'number' },
  ...{ char: 'string', string: 'string', bytes: 'Uint8Array', link: 'CID' },
}
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Lines of a type are no longer, where they can be broken. */
const LINE = 100
const TUPLE = 80

/** An interface of this name: for each method what it takes, and what it gives. `source` says where from. */
export function writeTypeScript(types: HandlerTypes, name: string, source: string): string {
  const methods = [...types].map(([method, type]) => `  readonly ${property(method)}: ${methodText(type)}`)
  const body = methods.join('\n')
  const link = /\bCID\b/.test(body) ? ["import type { CID } from 'multiformats/cid'", ''] : []
  const doc = `/** What the handler takes and gives: made by \`grid handler types\` from ${source.replaceAll('*/', '* /')}. */`
  return [...link, doc, `export interface ${name} {`, body, '}', ''].join('\n')
}

/** `say-hello` as `SayHello`: a name for what is made of a handler's. */
export function typeName(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return IDENTIFIER.test(joined) ? joined : `Handler${joined}`
}

function methodText({ arguments: taken, result }: MethodType): string {
  const [given, returned] = [
    taken.size === 0 ? 'Record<string, never>' : fieldsText(taken, '    '),
    result === undefined ? 'undefined' : typeText(result, '    '),
  ]
  return `{\n    readonly arguments: ${given}\n    readonly result: ${returned}\n  }`
}

function typeText(type: ValueType, indent: string): string {
  switch (type.kind) {
    case 'scalar':
      return SCALARS[type.name]
    case 'list':
      return `readonly ${elementText(type.of, indent)}[]`
    case 'option':
      return `${typeText(type.of, indent)} | null`
    case 'tuple':
      return tupleText(type.items, indent)
    case 'record':
      return fieldsText(type.fields, indent)
    case 'variant':
      return [...type.cases].map(([name, of]) => caseText(name, of, indent)).join(' | ')
    case 'flags':
      return `readonly (${type.names.map(quoted).join(' | ')})[]`
  }
}

function fieldsText(fields: ReadonlyMap<string, ValueType>, indent: string): string {
  const inner = `${indent}  `
  const texts = [...fields].map(([name, type]) =>
    type.kind === 'option'
      ? `readonly ${property(name)}?: ${typeText(type.of, inner)}`
      : `readonly ${property(name)}: ${typeText(type, inner)}`,
  )
  const line = `{ ${texts.join('; ')} }`
  if (line.length <= LINE && !line.includes('\n')) return line
  return `{\n${texts.map((text) => `${inner}${text}\n`).join('')}${indent}}`
}

function caseText(name: string, of: ValueType | undefined, indent: string): string {
  return of === undefined ? quoted(name) : `{ readonly ${property(name)}: ${typeText(of, indent)} }`
}

function tupleText(items: readonly ValueType[], indent: string): string {
  const inner = `${indent}  `
  const texts = items.map((item) => typeText(item, inner))
  const line = `readonly [${texts.join(', ')}]`
  if (line.length <= TUPLE && !line.includes('\n')) return line
  return `readonly [\n${texts.map((text) => `${inner}${text},\n`).join('')}${indent}]`
}

/** A union, and a list that cannot be changed, bind less than the brackets of a list. */
function elementText(type: ValueType, indent: string): string {
  const text = typeText(type, indent)
  return type.kind === 'scalar' || type.kind === 'record' ? text : `(${text})`
}

function property(name: string): string {
  return IDENTIFIER.test(name) ? name : quoted(name)
}

/** As a text of TypeScript: methods of strangers have any name, and none of them may end the text and go on as code. */
function quoted(name: string): string {
  const escaped = JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped.replace(/[\u2028\u2029]/g, (line) => `\\u${line.charCodeAt(0).toString(16)}`)}'`
}
