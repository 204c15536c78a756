/** Whether bytes are of a rule of a grammar: each way the grammar allows is tried until one fits. */
import {
  decodeCbor,
  DAG_CBOR_PROFILE,
  ENVELOPE_PROFILE,
  FOREIGN_PROFILE,
  isCid,
  isTagged,
} from 'promisegrid/promisebase'
import type { CborValue } from 'promisegrid/promisebase'
import type { Entry, Group, Rule, Type } from './parse.ts'

type Rules = ReadonlyMap<string, Rule>

/** How everything under the registered tag begins. */
const TAG = 0xda

/** Decodes by the profile of what it is, and then matches. */
export function isOf(rules: Rules, name: string, bytes: Uint8Array, block = false): boolean {
  const profile = block ? DAG_CBOR_PROFILE : bytes[0] === TAG ? FOREIGN_PROFILE : ENVELOPE_PROFILE
  const decoded = decodeCbor(bytes, profile)
  return decoded.ok !== undefined && matches(rules, { kind: 'name', name }, decoded.ok)
}

function matches(rules: Rules, type: Type, value: CborValue): boolean {
  switch (type.kind) {
    case 'choice':
      return type.types.some((each) => matches(rules, each, value))
    case 'literal':
      return equals(type.value, value)
    case 'range':
      return isInRange(rules, type, value)
    case 'control':
      return matches(rules, type.target, value) && isControlled(rules, type.control, type.argument, value)
    case 'tag':
      return isTaggedAs(rules, type.tag, type.content, value)
    case 'array':
      return Array.isArray(value) && places(rules, type.group, value, 0).includes(value.length)
    case 'map':
      return value instanceof Map && rests(rules, type.group, [...value]).some((rest) => rest.length === 0)
    case 'name':
      return isNamed(rules, type.name, value)
  }
}

/** What RFC 8610 defines beforehand, as far as our grammar uses it. */
export const PRELUDE: Readonly<Record<string, (value: CborValue) => boolean>> = {
  any: () => true,
  bstr: (value) => value instanceof Uint8Array,
  tstr: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  null: (value) => value === null,
}

function isNamed(rules: Rules, name: string, value: CborValue): boolean {
  const rule = rules.get(name)
  if (rule === undefined) {
    const known = PRELUDE[name]
    if (known === undefined) throw new Error(`no rule ${name}`)
    return known(value)
  }
  if (rule.kind === 'group') throw new Error(`${name} is a group, not a type`)
  return matches(rules, rule, value)
}

function equals(literal: number | string | Uint8Array, value: CborValue): boolean {
  if (!(literal instanceof Uint8Array)) return literal === value
  return value instanceof Uint8Array && Buffer.compare(literal, value) === 0
}

function isInRange(rules: Rules, { from, to }: Type & { kind: 'range' }, value: CborValue): boolean {
  const [least, most] = [from, to].map((bound) => (bound.kind === 'literal' ? Number(bound.value) : NaN))
  return (
    Number.isInteger(value) && (value as number) >= (least as number) && (value as number) <= (most as number)
  )
}

function isControlled(rules: Rules, control: string, argument: Type, value: CborValue): boolean {
  switch (control) {
    case 'size':
      return matches(rules, argument, sizeOf(value))
    case 'cbor': {
      const decoded = decodeCbor(value as Uint8Array, ENVELOPE_PROFILE)
      return decoded.ok !== undefined && matches(rules, argument, decoded.ok)
    }
    case 'regexp':
      return argument.kind === 'literal' && new RegExp(`^(?:${String(argument.value)})$`).test(String(value))
    case 'and':
      return matches(rules, argument, value)
    default:
      throw new Error(`no control .${control}`)
  }
}

function sizeOf(value: CborValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  return value instanceof Uint8Array ? value.length : NaN
}

/** A link was decoded to its CID: tag 42 over 00 and the CID. */
function isTaggedAs(rules: Rules, tag: number, content: Type, value: CborValue): boolean {
  if (isCid(value)) return tag === 42 && matches(rules, content, Uint8Array.of(0, ...value.bytes))
  return isTagged(value) && value.tag === tag && matches(rules, content, value.value)
}

/** Where in an array a group may end that begins at a place. */
function places(rules: Rules, group: Group, items: readonly CborValue[], from: number): readonly number[] {
  return group.flatMap((entries) =>
    entries.reduce<readonly number[]>(
      (all, entry) =>
        all.flatMap((at) => repeated(entry, at, (place) => onePlace(rules, entry, items, place))),
      [from],
    ),
  )
}

function onePlace(rules: Rules, entry: Entry, items: readonly CborValue[], at: number): readonly number[] {
  const inner = groupOf(rules, entry)
  if (inner !== undefined) return places(rules, inner, items, at)
  const item = items[at]
  return item !== undefined && matches(rules, entry.value as Type, item) ? [at + 1] : []
}

type Pairs = readonly (readonly [CborValue, CborValue])[]

/** What a group may leave of the pairs of a map. */
function rests(rules: Rules, group: Group, pairs: Pairs): readonly Pairs[] {
  return group.flatMap((entries) =>
    entries.reduce<readonly Pairs[]>(
      (all, entry) => all.flatMap((some) => repeated(entry, some, (rest) => oneRest(rules, entry, rest))),
      [pairs],
    ),
  )
}

/** A pair whose key fits must fit with its value: a claim of the wrong type is not another claim. */
function oneRest(rules: Rules, entry: Entry, pairs: Pairs): readonly Pairs[] {
  const inner = groupOf(rules, entry)
  if (inner !== undefined) return rests(rules, inner, pairs)
  const { key } = entry
  if (key === undefined) throw new Error('an entry of a map has no key')
  const at = pairs.findIndex(([name]) => matches(rules, key, name))
  const pair = pairs[at]
  return pair !== undefined && matches(rules, entry.value as Type, pair[1]) ? [pairs.toSpliced(at, 1)] : []
}

/** Every state after as many steps as the entry may be repeated. */
function repeated<State>(
  { least, most }: Entry,
  from: State,
  step: (state: State) => readonly State[],
): readonly State[] {
  const reached: State[] = least === 0 ? [from] : []
  let states: readonly State[] = [from]
  for (let times = 1; times <= most && states.length > 0; times += 1) {
    states = states.flatMap(step)
    if (times >= least) reached.push(...states)
  }
  return reached
}

function groupOf(rules: Rules, { key, value }: Entry): Group | undefined {
  if (value.kind === 'group') return value.group
  const rule = key === undefined && value.kind === 'name' ? rules.get(value.name) : undefined
  return rule?.kind === 'group' ? rule.group : undefined
}
