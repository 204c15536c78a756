/**
 * Reads CDDL (RFC 8610), as much of it as our grammar uses: no generics, no sockets, no unwrapping. Whatever else
 * stands there is an error, so that nothing in the grammar is passed over in silence.
 */
export type Type =
  | { readonly kind: 'choice'; readonly types: readonly Type[] }
  | { readonly kind: 'control'; readonly control: string; readonly target: Type; readonly argument: Type }
  | { readonly kind: 'range'; readonly from: Type; readonly to: Type }
  | { readonly kind: 'literal'; readonly value: number | string | Uint8Array }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'map' | 'array'; readonly group: Group }
  | { readonly kind: 'tag'; readonly tag: number; readonly content: Type }

/** Alternatives, each a sequence of entries. */
export type Group = readonly (readonly Entry[])[]

export interface Entry {
  readonly least: number
  readonly most: number
  /** In a map what the key must be, in an array only a word for the reader. */
  readonly key?: Type
  readonly value: Type | { readonly kind: 'group'; readonly group: Group }
}

export type Rule = Type | { readonly kind: 'group'; readonly group: Group }

/** @throws {SyntaxError} for anything this reader does not know */
export function parseCddl(text: string): ReadonlyMap<string, Rule> {
  const tokens = new Tokens(text)
  const rules = new Map<string, Rule>()
  while (!tokens.isAtEnd()) {
    const name = tokens.take(NAME)
    tokens.take('=')
    if (rules.has(name)) throw new SyntaxError(`${name} is defined twice`)
    rules.set(
      name,
      tokens.attempt(() => {
        const type = parseType(tokens)
        // The next rule begins, or the text is over.
        if (!tokens.isAtEnd() && tokens.peek(1) !== '=') throw new SyntaxError('no type')
        return type
      }) ?? parenthesised(tokens),
    )
  }
  return rules
}

const NAME = /^[A-Za-z][A-Za-z0-9-]*$/
const NUMBER = /^-?\d+$/
const TOKEN =
  /;[^\n]*|\s+|("(?:[^"\\]|\\.)*"|h'[0-9a-f]*'|\.\.|\.[a-z]+|=>|\/\/|#6\.\d+|-?\d+|[A-Za-z][A-Za-z0-9-]*|[=/,:?*+()[\]{}])/y

class Tokens {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(text: string) {
    const tokens: string[] = []
    TOKEN.lastIndex = 0
    while (TOKEN.lastIndex < text.length) {
      const from = TOKEN.lastIndex
      const match = TOKEN.exec(text)
      if (match === null) throw new SyntaxError(`not read: ${text.slice(from, from + 40)}`)
      if (match[1] !== undefined) tokens.push(match[1])
    }
    this.#tokens = tokens
  }

  isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? ''
  }

  is(token: string): boolean {
    if (this.peek() !== token) return false
    this.#at += 1
    return true
  }

  take(wanted: string | RegExp): string {
    const token = this.peek()
    const fits = typeof wanted === 'string' ? token === wanted : wanted.test(token)
    if (!fits) {
      const place = this.#tokens.slice(Math.max(0, this.#at - 5), this.#at + 3).join(' ')
      throw new SyntaxError(`${wanted} expected in: ${place}`)
    }
    this.#at += 1
    return token
  }

  /** What `parse` reads, or undefined and nothing read where it cannot. */
  attempt<T>(parse: () => T): T | undefined {
    const at = this.#at
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.#at = at
      return undefined
    }
  }
}

function parseType(tokens: Tokens): Type {
  const types = [parseOperators(tokens)]
  while (tokens.is('/')) types.push(parseOperators(tokens))
  return types.length === 1 ? (types[0] as Type) : { kind: 'choice', types }
}

function parseOperators(tokens: Tokens): Type {
  let type = parseOperand(tokens)
  for (;;) {
    if (tokens.is('..')) type = { kind: 'range', from: type, to: parseOperand(tokens) }
    else if (/^\.[a-z]/.test(tokens.peek())) {
      const control = tokens.take(/^\./).slice(1)
      type = { kind: 'control', control, target: type, argument: parseOperand(tokens) }
    } else return type
  }
}

function parseOperand(tokens: Tokens): Type {
  const token = tokens.take(/^("|h'|#6|-?\d|[A-Za-z]|[([{])/)
  if (token === '(') return closed(tokens, ')', parseType(tokens))
  if (token === '[') return closed(tokens, ']', { kind: 'array', group: parseGroup(tokens) })
  if (token === '{') return closed(tokens, '}', { kind: 'map', group: parseGroup(tokens) })
  if (token.startsWith('#6.')) {
    tokens.take('(')
    return closed(tokens, ')', { kind: 'tag', tag: Number(token.slice(3)), content: parseType(tokens) })
  }
  if (NUMBER.test(token)) return { kind: 'literal', value: Number(token) }
  if (token.startsWith('"')) return { kind: 'literal', value: JSON.parse(token) as string }
  if (token.startsWith("h'")) return { kind: 'literal', value: Buffer.from(token.slice(2, -1), 'hex') }
  return { kind: 'name', name: token }
}

function closed<T>(tokens: Tokens, end: string, parsed: T): T {
  tokens.take(end)
  return parsed
}

function parseGroup(tokens: Tokens): Group {
  const alternatives: Entry[][] = [[]]
  while (!/^[)\]}]$/.test(tokens.peek())) {
    if (tokens.is('//')) alternatives.push([])
    else {
      alternatives.at(-1)?.push(parseEntry(tokens))
      tokens.is(',')
    }
  }
  return alternatives
}

function parseEntry(tokens: Tokens): Entry {
  const times = parseTimes(tokens)
  const key = tokens.attempt(() => parseKey(tokens))
  if (key !== undefined) return { ...times, key, value: parseType(tokens) }
  const type = tokens.attempt(() => {
    const parsed = parseType(tokens)
    if (!/^([,)\]}]|\/\/)$/.test(tokens.peek())) throw new SyntaxError('no type')
    return parsed
  })
  return { ...times, value: type ?? parenthesised(tokens) }
}

function parenthesised(tokens: Tokens): { readonly kind: 'group'; readonly group: Group } {
  tokens.take('(')
  return closed(tokens, ')', { kind: 'group', group: parseGroup(tokens) })
}

function parseTimes(tokens: Tokens): { readonly least: number; readonly most: number } {
  if (tokens.is('?')) return { least: 0, most: 1 }
  if (tokens.is('+')) return { least: 1, most: Infinity }
  if (tokens.is('*')) return { least: 0, most: Infinity }
  if (NUMBER.test(tokens.peek()) && tokens.peek(1) === '*') {
    const least = Number(tokens.take(NUMBER))
    tokens.take('*')
    return { least, most: Number(tokens.take(NUMBER)) }
  }
  return { least: 1, most: 1 }
}

function parseKey(tokens: Tokens): Type {
  if (tokens.peek(1) === ':') {
    const word = tokens.take(NAME)
    tokens.take(':')
    return { kind: 'literal', value: word }
  }
  const key = parseOperators(tokens)
  tokens.take('=>')
  return key
}
