/**
 * Caveats: what a link restricts (spec/capability.md, "Caveats"). One nobody knows is a refusal of its own
 * code: it may restrict in a way this node cannot keep.
 */
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import * as claims from '../message/claims.ts'
import { readArgumentConstraints, writeArgumentConstraints } from './constraint-form.ts'
import type { CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Budget, Caveats, Rate, Total } from '../interface.ts'
import type { ClaimType } from '../message/claims.ts'

/** Every amount a budget may state. */
export const BUDGETS = [
  'fuel',
  'memoryBytes',
  'outputBytes',
  'wallMs',
] as const satisfies readonly (keyof Budget)[]

/** Every amount a total may state. */
export const TOTALS = ['calls', 'fuel', 'outputBytes'] as const satisfies readonly (keyof Total)[]

const RATE = ['calls', 'seconds'] as const satisfies readonly (keyof Rate)[]

/** How one caveat is read, and written; undefined when it says nothing. */
interface CaveatForm<T> {
  readonly read: (value: CborValue) => Result<T>
  readonly write: (value: T) => CborValue | undefined
}

/** Every caveat there is. */
const CAVEATS: { readonly [Name in keyof Caveats]-?: CaveatForm<NonNullable<Caveats[Name]>> } = {
  budget: amounts<Budget>('budget', BUDGETS),
  arguments: { read: readArgumentConstraints, write: writeArgumentConstraints },
  total: amounts<Total>('total', TOTALS),
  rate: { read: readRate, write: (rate) => writeAmounts('rate', RATE, rate) },
  executors: plain('executors', claims.names(1, LIMITS.principals)),
  final: plain('final', claims.flag),
  feedSeconds: plain('feedSeconds', claims.uint),
}

type CaveatName = keyof Caveats

/** The claim: read raw here and judged in {@link readCaveats}, whose refusals have two codes. */
export const caveatsClaim: ClaimType<CborMap> = {
  says: 'a map of caveats',
  read: (value) => (value instanceof Map && value.size > 0 ? value : undefined),
  write: (map) => map,
}

/** Reads caveats: their names first, then each in the order of the encoding. `audience` is that of the token. */
export function readCaveats(map: CborMap | undefined, audience: string | undefined): Result<Caveats> {
  if (map === undefined) return { ok: {} }
  for (const name of map.keys())
    if (!isCaveat(name)) return refuse('CAVEAT', `unknown caveat ${JSON.stringify(String(name))}`)
  const caveats: Record<string, unknown> = {}
  for (const [name, value] of map as Map<CaveatName, CborValue>) {
    const read = CAVEATS[name].read(value)
    if (read.refused !== undefined) return read
    caveats[name] = read.ok
  }
  return counterRefusal(caveats, audience) ?? { ok: caveats }
}

/**
 * The claim for caveats, absent when they restrict nothing.
 * @throws {TypeError} for a caveat there is not
 */
export function writeCaveats(caveats: Caveats): CborMap | undefined {
  const map: CborMap = new Map()
  for (const [name, value] of Object.entries(caveats) as [string, unknown][]) {
    if (value === undefined) continue
    if (!isCaveat(name)) throw new TypeError(`there is no caveat ${name}`)
    const written = CAVEATS[name].write(value as never)
    if (written !== undefined) map.set(name, written)
  }
  return map.size === 0 ? undefined : map
}

/** What is counted is counted in one place: two nodes could each allow all of it (spec/capability.md, "Caveats"). */
function counterRefusal({ total, rate }: Caveats, audience: string | undefined): Result<never> | undefined {
  if (audience !== undefined || (total === undefined && rate === undefined)) return undefined
  return refuse('SHAPE', `a token with a ${total === undefined ? 'rate' : 'total'} names one node in aud`)
}

function isCaveat(name: unknown): name is CaveatName {
  return typeof name === 'string' && Object.hasOwn(CAVEATS, name)
}

function plain<T>(name: string, type: ClaimType<T>): CaveatForm<T> {
  return {
    read: (value) => {
      const read = type.read(value)
      return read === undefined ? refuse('SHAPE', `the caveat ${name} must be ${type.says}`) : { ok: read }
    },
    write: type.write,
  }
}

/** A map of amounts, at least one of them. */
function amounts<T extends object>(name: string, known: readonly (keyof T & string)[]): CaveatForm<T> {
  return {
    read: (value) => readAmounts(name, known, value) as Result<T>,
    write: (given) => writeAmounts(name, known, given),
  }
}

function readAmounts<Name extends string>(
  caveat: string,
  names: readonly Name[],
  value: CborValue,
): Result<{ readonly [Each in Name]?: number }> {
  if (!(value instanceof Map) || value.size === 0)
    return refuse('SHAPE', `the caveat ${caveat} is a map of amounts`)
  const read: { [Each in Name]?: number } = {}
  for (const [name, amount] of value) {
    const known = names.find((candidate) => candidate === name)
    if (known === undefined) return refuse('CAVEAT', `unknown ${caveat} ${JSON.stringify(String(name))}`)
    const whole = claims.uint.read(amount)
    if (whole === undefined) return refuse('SHAPE', `${caveat} ${known} must be ${claims.uint.says}`)
    read[known] = whole
  }
  return { ok: read }
}

function readRate(value: CborValue): Result<Rate> {
  const read = readAmounts('rate', RATE, value)
  if (read.refused !== undefined) return read
  const { calls, seconds } = read.ok
  return calls === undefined || seconds === undefined || seconds === 0
    ? refuse('SHAPE', 'the caveat rate is a number of calls and of seconds, which is not 0')
    : { ok: { calls, seconds } }
}

function writeAmounts(caveat: string, names: readonly string[], given: object): CborMap | undefined {
  const stated = Object.entries(given).filter(([, amount]) => amount !== undefined)
  for (const [name] of stated)
    if (!names.includes(name)) throw new TypeError(`${caveat} ${name} is none of ${names.join(', ')}`)
  return stated.length === 0 ? undefined : new Map(stated)
}
