/**
 * DAG-JSON as fixtures write it, read to our values: integers of any size exactly, numbers with a point or an
 * exponent as floats, `{"/": text}` as a link and `{"/": {"bytes": base64}}` as bytes. For files we trust.
 */
import { CID } from 'multiformats/cid'
import { CborFloat } from 'promisegrid/promisebase'
import type { CborMap, CborValue } from 'promisegrid/promisebase'

const TOKEN = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*|true|false|null)\s*/y

/** @throws {SyntaxError} */
export function readDagJson(text: string): CborValue {
  const tokens = tokensOf(text)
  const value = read(tokens)
  if (tokens.length > 0) throw new SyntaxError('text follows the value')
  return value
}

/** In the reverse order, so that the next one is popped. */
function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const [, token] = TOKEN.exec(text) ?? []
    if (token === undefined) throw new SyntaxError('no JSON')
    tokens.push(token)
  }
  return tokens.reverse()
}

function read(tokens: string[]): CborValue {
  const token = tokens.pop() ?? ''
  if (token === '[') return readArray(tokens)
  if (token === '{') return special(readMap(tokens))
  return /^[-0-9]/.test(token) ? number(token) : (JSON.parse(token) as CborValue)
}

function readArray(tokens: string[]): CborValue[] {
  const values: CborValue[] = []
  while (tokens.at(-1) !== ']') {
    values.push(read(tokens))
    if (tokens.at(-1) === ',') tokens.pop()
  }
  tokens.pop()
  return values
}

function readMap(tokens: string[]): CborMap {
  const map: CborMap = new Map()
  while (tokens.at(-1) !== '}') {
    const key = JSON.parse(tokens.pop() ?? '') as string
    if (map.has(key)) throw new SyntaxError(`key ${key} occurs twice`)
    tokens.pop()
    map.set(key, read(tokens))
    if (tokens.at(-1) === ',') tokens.pop()
  }
  tokens.pop()
  return map
}

function special(map: CborMap): CborValue {
  const inner = map.size === 1 ? map.get('/') : undefined
  if (typeof inner === 'string') return CID.parse(inner)
  const bytes = inner instanceof Map ? inner.get('bytes') : undefined
  return typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : map
}

function number(token: string): CborValue {
  if (!/[.eE]/.test(token)) {
    const exact = BigInt(token)
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
  }
  const value = Number(token)
  return Number.isInteger(value) ? new CborFloat(value) : value
}
