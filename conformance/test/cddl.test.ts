/** The grammar takes every valid vector, and refuses the invalid ones but for what a grammar cannot say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { unhex } from '../subject/json.ts'
import { readVectors } from '../vectors.ts'
import { isOf, PRELUDE } from './cddl/match.ts'
import { parseCddl } from './cddl/parse.ts'
import { read } from './repository.ts'
import type { Hex, Vector } from '../vectors.ts'

const rules = parseCddl(read('spec/message.cddl'))
const files = readVectors()

/** Refused for their shape, and yet of the grammar: why, and which vectors. */
const BEYOND: readonly (readonly [reason: string, which: RegExp])[] = [
  [
    'which codec a CID has',
    /codec|raw cache key|a raw profile|types that are a raw block|a parent that is a block|in reply to a block|dag-\w+ block|for a request that is a block|that wraps a block|the result of a block/,
  ],
  ['the order of a list', /out of order/],
  ['an item twice', /twice/],
  ['* stands alone, and never in a descriptor', /\*/],
  ['how a path is spelled', /a label path in another spelling/],
  [
    'a number that depends on another one',
    /a threshold above the number of roots|expires when it is made|has expired when it is made/,
  ],
  ['a claim that another one demands', /a (total|rate) without aud/],
  ['two objects that belong together', /two signatures under different claims/],
  ['which principals sign by which form', /by one key in a COSE_Sign1|by a did:key in a COSE_Sign/],
  [
    'what the view of another protocol asks',
    /^foreign: (ed25519-map|cose-(embedded|detached)): (two slots|a fifth entry|its payload)/,
  ],
  ['which principals must differ', /that succeeds itself|of oneself/],
  ['what a principal is', /(an executor|a revoker) that is no principal|of somebody who is no principal/],
  ['which request a reply is to', /a hint about other bytes/],
  ['that a reply is a message with an outcome', /without an outcome/],
]

/** One input of a vector, and the rule it is of. */
type Asked = readonly [rule: string, bytes: Hex, isBlock?: boolean]

function askedBy(vector: Vector): readonly Asked[] {
  switch (vector.op) {
    case 'message':
      return [[ruleOf(vector.input), vector.input]]
    case 'token':
      return [['capability', vector.input]]
    case 'receipt':
      return [['receipt', vector.input]]
    case 'promise':
      return [['promise', vector.input]]
    case 'foreign':
      return [['foreign-message', vector.input]]
    case 'key-set':
      return [['key-set', vector.input]]
    case 'key-statement':
    case 'revocation':
    case 'heartbeat':
    case 'assessment':
      return [[vector.op, vector.input]]
    case 'cose-key':
      return [['cose-key', vector.input]]
    case 'genesis':
      return [['genesis', vector.input, true]]
    case 'descriptor':
      return [['descriptor', vector.input, true]]
    case 'policy':
      return vector.records.flat().map((object) => ['policy', object] as const)
    case 'reply':
      return [[vector.input.startsWith('83') ? 'unsigned-refusal' : ruleOf(vector.input), vector.input]]
    default:
      return []
  }
}

/** Both forms of a message, by their first byte. */
function ruleOf(message: Hex): string {
  return message.startsWith('da') ? 'tagged-message' : 'message'
}

function isGrammatical(vector: Vector): boolean {
  return askedBy(vector).every(([rule, bytes, isBlock]) => isOf(rules, rule, unhex(bytes), isBlock))
}

describe('message.cddl', () => {
  test('takes every valid vector', () => {
    const valid = files.filter(({ kind }) => kind === 'valid').flatMap(({ vectors }) => vectors)
    const asked = valid.filter((vector) => askedBy(vector).length > 0)
    assert.ok(asked.length > 80, `${asked.length} vectors ask it`)
    assert.deepEqual(
      asked.filter((vector) => !isGrammatical(vector)).map(({ comment }) => comment),
      [],
    )
  })

  test('is asked about every kind of vector but those of other formats', () => {
    const vectors = files.flatMap((file) => file.vectors)
    const asked = new Set(vectors.filter((each) => askedBy(each).length > 0).map(({ op }) => op))
    const unasked = new Set(vectors.map(({ op }) => op).filter((op) => !asked.has(op)))
    const others = ['cbor', 'principal', 'cache-key', 'dispatch', 'nested', 'program']
    // Of the store: chapters of their own.
    others.push('content', 'content-read', 'folder', 'commit', 'merge', 'merge-heads')
    others.push('stream', 'stream-read', 'space-key', 'space-key-read', 'backup')
    assert.deepEqual(
      [...unasked].filter((op) => !others.includes(op) && !op.startsWith('cose-')),
      [],
    )
  })

  test('takes every message and token of the scenarios that run', () => {
    for (const { vectors } of files.filter(({ kind }) => kind === 'valid')) {
      for (const vector of vectors) {
        if (vector.op !== 'dispatch') continue
        for (const { says, message } of vector.steps)
          assert.ok(isOf(rules, ruleOf(message), unhex(message)), `${vector.comment}: ${says}`)
        for (const token of vector.tokens) assert.ok(isOf(rules, 'capability', unhex(token)), vector.comment)
      }
    }
  })

  test('refuses what is of another shape, but for what only prose can say', () => {
    const wrong = files
      .filter(({ kind }) => kind === 'invalid')
      .flatMap(({ chapter, vectors }) => vectors.map((vector) => ({ chapter, vector })))
      .filter(
        ({ vector }) => askedBy(vector).length > 0 && ['SHAPE', 'DESCRIPTOR'].includes(vector.code ?? ''),
      )
    const taken = wrong
      .filter(({ vector }) => isGrammatical(vector))
      .map(({ chapter, vector }) => `${chapter}: ${vector.comment}`)
    assert.ok(wrong.length > 180, `${wrong.length} vectors are of another shape`)
    assert.deepEqual(
      taken.filter((name) => !BEYOND.some(([, which]) => which.test(name))),
      [],
    )
    for (const [reason, which] of BEYOND)
      assert.ok(
        taken.some((name) => which.test(name)),
        reason,
      )
  })

  test('names only rules that it has, and has none that nothing leads to', () => {
    const named = namesIn([...rules.values()])
    const [unknown, idle] = [
      [...named].filter((name) => !rules.has(name) && !(name in PRELUDE)),
      [...rules].flatMap(([name, { kind }]) => (named.has(name) || kind === 'literal' ? [] : name)),
    ]
    assert.deepEqual(unknown, [])
    assert.deepEqual(idle, ROOTS)
  })
})

describe('the reader of grammars', () => {
  test('passes nothing over that it does not know', () => {
    for (const text of ['a = b<c>', 'a = ~b', 'a = $b', 'a = 1 2', 'a = [1', 'a = b\na = c', 'a /= b', '= b'])
      assert.throws(() => parseCddl(text), SyntaxError, text)
  })

  test('tells what fits a rule from what does not', () => {
    const small = parseCddl(
      'a = [2*3 b, ? "x", c: (tstr .size 2 / null)] b = 0..9 m = { (1 => b // 2 => tstr), ? "k" => bool, * tstr => b }',
    )
    const fits = (rule: string, hex: string): boolean => isOf(small, rule, unhex(hex))
    for (const hex of ['830102f6', '8401020362616d', '85010203617862616d', '830102f6'])
      assert.ok(fits('a', hex), hex)
    for (const hex of ['82016178', '820102', '83010af6', '8501020304f6', '8301026161', '01'])
      assert.ok(!fits('a', hex), hex)
    for (const hex of ['a10101', 'a1026161', 'a20101616bf5', 'a30101616bf5617801'])
      assert.ok(fits('m', hex), hex)
    for (const hex of ['a0', 'a20101026161', 'a1016161', 'a10301']) assert.ok(!fits('m', hex), hex)
  })
})

/** What is sent, signed or kept by itself; a label may also wait for its first use. */
const ROOTS = [
  'message',
  'tagged-message',
  'foreign-message',
  'ed25519-map-proof',
  'unsigned-refusal',
  'capability',
  'receipt',
  'policy',
  'key-statement',
  'assessment',
  'revocation',
  'heartbeat',
  'sig-structure',
  'key-set',
  'cache-key-block',
  'genesis',
  'descriptor',
  'native-profile',
]

function namesIn(value: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  JSON.stringify(value, (_, each: unknown) => {
    const { kind, name } = (each ?? {}) as { readonly kind?: string; readonly name?: string }
    if (kind === 'name' && name !== undefined) names.add(name)
    return each
  })
  return names
}
