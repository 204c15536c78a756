/** Two items side by side: the parts that differ, and what a node makes of the difference. */
import type { Item, ItemKind, Part } from './item.ts'

export interface Difference {
  readonly name: string
  /** Undefined where this side has no such part. */
  readonly one?: string
  readonly other?: string
  readonly isNamed: boolean
}

export interface Comparison {
  /** Byte by byte. */
  readonly same: boolean
  readonly differences: readonly Difference[]
  /** Sentences, the most important first. */
  readonly meaning: readonly string[]
}

export function compare(one: Item, other: Item): Comparison {
  const at = firstDifference(one.bytes, other.bytes)
  if (at === undefined)
    return {
      same: true,
      differences: [],
      meaning: ['They are the same bytes: sent again, they get the same reply.'],
    }
  const differences = differencesOf(one.parts, other.parts)
  return {
    same: false,
    differences,
    meaning: [...meaningOf(one, other, differences), `The bytes differ from byte ${at} on.`],
  }
}

function differencesOf(one: readonly Part[], other: readonly Part[]): Difference[] {
  const find = (parts: readonly Part[], name: string): Part | undefined =>
    parts.find((part) => part.name === name)
  const names = new Set([...one, ...other].map(({ name }) => name))
  return [...names].flatMap((name) => {
    const [a, b] = [find(one, name), find(other, name)]
    if (a?.value === b?.value) return []
    return [
      {
        name,
        ...(a === undefined ? {} : { one: a.value }),
        ...(b === undefined ? {} : { other: b.value }),
        isNamed: (a ?? b)?.isNamed === true,
      },
    ]
  })
}

const MESSAGES: readonly ItemKind[] = ['message', 'reply']

function meaningOf(one: Item, other: Item, differences: readonly Difference[]): string[] {
  const areMessages = MESSAGES.includes(one.kind) && MESSAGES.includes(other.kind)
  if (!areMessages && one.kind !== other.kind)
    return [`They are two kinds of things: ${one.kind} and ${other.kind}.`]
  if (one.id === undefined) return withoutId(one.kind)
  if (one.id === other.id) return [sameId(one.kind), ...signatures(one, other)]
  return [...otherId(areMessages, differences), ...writings(differences), ...signatures(one, other)]
}

function withoutId(kind: ItemKind): string[] {
  return kind === 'foreign'
    ? ['Messages of other protocols are named by all of their bytes here: these are two.']
    : ['They have no id: nothing here takes them for one.']
}

function sameId(kind: ItemKind): string {
  const what = MESSAGES.includes(kind)
    ? 'One message in two envelopes: a node acts once, and gives both the same stored reply.'
    : `One ${kind} in two envelopes: whatever names it by its id means both.`
  return `The ids are equal: what was signed is the same, and only what is around it differs. ${what}`
}

/** A nonce is said once: the same one on another content is the difference that matters most. */
function otherId(areMessages: boolean, differences: readonly Difference[]): string[] {
  const differ = (name: string): boolean => differences.some((each) => each.name === name)
  if (!areMessages) return ['The ids differ: what was signed is not the same.']
  if (differ('claim iss') || differ('claim cti')) return ['The ids differ: they are two messages.']
  const form = differ('form')
    ? ' They are written in two forms; a signature of one form never holds in the other.'
    : ''
  return [
    `The ids differ, and sender and nonce are the same: a node acts on whichever comes first and refuses the other with REPLAY.${form}`,
  ]
}

/** The same CID in another wrapping is other bytes under the signature. */
function writings(differences: readonly Difference[]): string[] {
  const isWriting = ({ one, other }: Difference): boolean =>
    one !== undefined && other !== undefined && one !== other && cidIn(one) === cidIn(other)
  const names = differences
    .filter((each) => each.name.endsWith('_cid') && isWriting(each))
    .map(({ name }) => name)
  return names.map(
    (name) => `${name} is the same CID, written in two ways: that alone makes another signed payload.`,
  )
}

/** Hex of a CID in either writing. */
function cidIn(notation: string): string {
  const [, digits = notation] = /h'(?:00)?(01[0-9a-f]+)'/.exec(notation) ?? []
  return digits
}

function signatures(one: Item, other: Item): string[] {
  const [a, b] = [one.verdict.signature, other.verdict.signature]
  if (a === b) return []
  if (a === 'broken' || b === 'broken')
    return [`The signature of ${a === 'broken' ? 'one' : 'other'} does not hold.`]
  return []
}

function firstDifference(one: Uint8Array, other: Uint8Array): number | undefined {
  const length = Math.max(one.length, other.length)
  for (let at = 0; at < length; at += 1) if (one[at] !== other[at]) return at
  return undefined
}
