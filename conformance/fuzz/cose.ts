/**
 * COSE of all kinds: any bytes are read or refused; what is read strictly is encoded again to the same bytes, and is
 * read by the looser rules too; and whatever verifies or opens is, in every part that is covered, something that
 * was signed, tagged or sealed. Not covered are: the tag around it, the unprotected header, further signatures, how a key
 * came to its recipient once it is the key, and by the looser rules the encoding.
 */
import { decodeCbor, encodeCbor, FOREIGN_PROFILE, isTagged, rewriteCbor } from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import { checkKeys, checkSealed, coseBlocks, sealedObject } from './cose-blocks.ts'
import { honestObjects } from './cose-objects.ts'
import { KINDS, openEveryWay } from './cose-openers.ts'
import { counting } from './counting.ts'
import { cross, inElement, retag, stretch } from './cross.ts'
import { mutate } from './mutate.ts'
import { crypto } from './node.ts'
import { reshape } from './reshape.ts'
import { Counts, Finding, unharmed } from './target.ts'
import { codeOf, elementsOf, isSame, isSameValue, valueOf } from './verdict.ts'
import type { CoseKind, CoseReading } from 'promisegrid/kernel'
import type { CborValue } from 'promisegrid/promisebase'
import type { HonestObject } from './cose-objects.ts'
import type { Random } from './random.ts'
import type { Target } from './target.ts'

/** Elements that nobody vouches for, by their places; into the signatures of a COSE_Sign one has to look. */
const FREE: Record<CoseKind, ReadonlyMap<number, string>> = {
  Sign1: new Map([[1, 'unprotected']]),
  Sign: new Map([
    [1, 'unprotected'],
    [3, 'signatures'],
  ]),
  Mac0: new Map([[1, 'unprotected']]),
  Mac: new Map([
    [1, 'unprotected'],
    [4, 'recipients'],
  ]),
  Encrypt0: new Map([[1, 'unprotected']]),
  Encrypt: new Map([
    [1, 'unprotected'],
    [3, 'recipients'],
  ]),
}

const READINGS = [{ rules: 'strict' }, { rules: 'foreign' }] as const satisfies readonly CoseReading[]
/** The last one is beyond what an object may have, so that the bound is met as well. */
const STRETCHES = [100, 5_000, 40_000, 64_000, 66_000]

export function openCose(): Target {
  const counts = new Counts()
  const honest = honestObjects()
  const sealed = sealedObject()
  const originals = [...honest.map(({ bytes }) => bytes), ...coseBlocks()]
  for (const { kind, bytes } of honest)
    if (!openEveryWay(kind, bytes, {}, counting(crypto)).opened.some(({ ok }) => ok !== undefined))
      throw new Finding(`an honest ${kind} does not open`, bytes)
  const step = (random: Random): void => {
    if (random.once(400)) return checkSealed(mutate(random, sealed), sealed)
    const bytes = input(random, originals)
    const [strict, foreign] = READINGS.map((reading) => checkKinds(bytes, reading, honest, counts))
    if (strict === true && foreign !== true) throw new Finding('read strictly and not loosely', bytes)
    checkKeys(bytes)
  }
  return { step, counts }
}

function input(random: Random, originals: readonly Uint8Array[]): Uint8Array {
  if (random.once(12)) return cborBytes(random, 40)
  const original = random.pick(originals)
  if (random.once(4)) return mutate(random, original)
  const value = valueOf(original)
  if (random.once(3)) return cross(random, value, valueOf(random.pick(originals)))
  if (random.once(16)) return retag(random, value)
  if (random.once(64)) return stretch(random, value, random.pick(STRETCHES))
  if (random.once(4)) return reshape(random, value)
  return inElement(random, value, (element) => reshape(random, element))
}

// ------------------------------------------------------------------------------------------------ objects

/** Whether the bytes were read as an object of any kind. */
function checkKinds(
  bytes: Uint8Array,
  reading: CoseReading,
  honest: readonly HonestObject[],
  counts: Counts,
): boolean {
  let isRead = false
  for (const kind of KINDS) {
    const work = counting(crypto)
    const { read, opened } = unharmed(`opening a ${kind}`, bytes, () =>
      openEveryWay(kind, bytes, reading, work),
    )
    codeOf(read, bytes)
    if (read.refused !== undefined) continue
    isRead = true
    checkEncoding(bytes, reading)
    for (const result of opened) {
      codeOf(result, bytes)
      if (result.ok === undefined) continue
      const others = otherParts(kind, bytes, result.ok, honest)
      if (others === 'encoding' && reading.rules === 'strict')
        throw new Finding(`a ${kind} opens in a second encoding`, bytes)
      counts.add(`${kind} opened, ${reading.rules}: other ${others}`)
    }
    counts.add(`${kind} read, ${reading.rules}`)
  }
  if (!isRead) counts.add('refused')
  return isRead
}

function checkEncoding(bytes: Uint8Array, { rules }: CoseReading): void {
  const value = rules === 'strict' ? decodeCbor(bytes, FOREIGN_PROFILE).ok : looseValue(bytes)
  if (value === undefined) throw new Finding('read, and not decoded', bytes)
  if (rules === 'strict' && Buffer.compare(encodeCbor(value), bytes) !== 0)
    throw new Finding('read strictly, and encoded otherwise', bytes)
}

function looseValue(bytes: Uint8Array): CborValue | undefined {
  const { ok } = rewriteCbor(bytes, FOREIGN_PROFILE)
  return ok === undefined ? decodeCbor(bytes, FOREIGN_PROFILE).ok : decodeCbor(ok, FOREIGN_PROFILE).ok
}

/** What is not as it was sent, by an honest object whose covered parts these are. @throws {Finding} when there is none */
function otherParts(
  kind: CoseKind,
  bytes: Uint8Array,
  { content, signers }: { readonly content: Uint8Array; readonly signers: readonly Uint8Array[] },
  honest: readonly HonestObject[],
): string {
  const parts = elementsOf(looseValue(bytes))
  const original = honest.find(
    (each) =>
      each.kind === kind && isSame(each.content, content) && isCovered(kind, parts, each.bytes, signers),
  )
  if (original === undefined) throw new Finding(`a ${kind} opens that nobody has made`, bytes)
  const before = elementsOf(valueOf(original.bytes))
  const others = [...FREE[kind]].filter(([at]) => !isSameValue(parts[at], before[at]))
  const names = [...(isTagged(looseValue(bytes)) ? [] : ['tag']), ...others.map(([, name]) => name)]
  if (names.length > 0) return names.join(' and ')
  return isSame(bytes, original.bytes) ? 'nothing' : 'encoding'
}

function isCovered(
  kind: CoseKind,
  parts: readonly CborValue[],
  original: Uint8Array,
  signers: readonly Uint8Array[],
): boolean {
  const before = elementsOf(valueOf(original))
  if (parts.length !== before.length) return false
  const isKept = parts.every(
    (part, at) => FREE[kind].has(at) || isSame(covered(part, at), covered(before[at], at)),
  )
  return isKept && (kind !== 'Sign' || signers.every((kid) => isSignedAlike(parts[3], before[3], kid)))
}

/** Whether the signature of this signer is among the others as it was made. */
function isSignedAlike(now: CborValue | undefined, before: CborValue | undefined, kid: Uint8Array): boolean {
  const own = signaturesIn(before).find(([, unprotected]) => isSameValue(kidIn(unprotected), kid))
  return (
    own !== undefined &&
    signaturesIn(now).some((each) => isSameValue(each[0], own[0]) && isSameValue(each[2], own[2]))
  )
}

function signaturesIn(value: CborValue | undefined): readonly (readonly CborValue[])[] {
  return Array.isArray(value) ? value.filter((each) => Array.isArray(each)) : []
}

function kidIn(unprotected: CborValue | undefined): CborValue | undefined {
  return unprotected instanceof Map ? unprotected.get(4) : undefined
}

/** A protected header without entries goes into what is covered as no bytes. */
function covered(part: CborValue | undefined, at: number): Uint8Array {
  const bytes = encoded(part)
  return at === 0 && isSame(bytes, EMPTY_HEADER) ? encoded(new Uint8Array(0)) : bytes
}

const EMPTY_HEADER = encodeCbor(encodeCbor(new Map()))

function encoded(value: CborValue | undefined): Uint8Array {
  return encodeCbor(value ?? null)
}
