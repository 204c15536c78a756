/**
 * CBOR: every profile comes to a verdict in linear work; what one accepts is encoded again to the same bytes;
 * a profile that is stricter than another accepts nothing the other refuses; anything can be printed.
 */
import {
  CORE_PROFILE,
  DAG_CBOR_PROFILE,
  decodeCbor,
  diagnose,
  encodeCbor,
  encodeDagCbor,
  ENVELOPE_PROFILE,
  FOREIGN_PROFILE,
  GRID_CBOR_PROFILE,
  scanCbor,
  scanGridEnvelope,
} from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import { counted } from './counted.ts'
import { mutate } from './mutate.ts'
import { Counts, Finding, unharmed } from './target.ts'
import type { CborProfile, CborResult, CborValue } from 'promisegrid/promisebase'
import type { Random } from './random.ts'
import type { Target, TargetOptions } from './target.ts'

const PROFILES: readonly (readonly [CborProfile, (value: CborValue) => Uint8Array])[] = [
  [ENVELOPE_PROFILE, encodeCbor],
  [DAG_CBOR_PROFILE, encodeDagCbor],
  [CORE_PROFILE, encodeCbor],
  [GRID_CBOR_PROFILE, encodeCbor],
  [FOREIGN_PROFILE, encodeCbor],
]

/** Whatever the left one accepts, the right one does. */
const STRICTER: readonly (readonly [CborProfile, CborProfile])[] = [
  [ENVELOPE_PROFILE, FOREIGN_PROFILE],
  [FOREIGN_PROFILE, CORE_PROFILE],
  [GRID_CBOR_PROFILE, CORE_PROFILE],
]

const CODES: readonly string[] = ['DECODE', 'CANON', 'LIMIT', 'SHAPE']

/** Keys in keys are compared once for each level around them, all else is looked at a few times. */
const READS_PER_BYTE = 12

export function openCbor({ others }: TargetOptions): Target {
  const counts = new Counts()
  const compared = (bytes: Uint8Array): void => {
    const [difference] = unharmed(
      'other libraries',
      bytes,
      () => others?.unexplained(bytes, counts.add) ?? [],
    )
    if (difference !== undefined) throw new Finding(difference, bytes)
  }
  const step = (random: Random): void => {
    const bytes = input(random)
    const accepted = PROFILES.filter(([profile, encode]) => holdsLaws(bytes, profile, encode))
    counts.add(accepted.length === 0 ? 'refused' : 'accepted')
    checkInclusion(bytes, accepted)
    checkSlots(bytes)
    const printed = unharmed('diagnose', bytes, () =>
      diagnose(bytes, { embedded: random.once(2), width: random.below(90) }),
    )
    if (printed === '') throw new Finding('diagnose printed nothing', bytes)
    if (random.once(16)) checkWork(bytes)
    compared(bytes)
  }
  return { step, counts }
}

function input(random: Random): Uint8Array {
  const bytes = cborBytes(random, random.pick([8, 40, 1000, 1000]))
  if (random.once(50)) return random.bytes(random.size(60))
  return random.once(2) ? mutate(random, bytes) : bytes
}

/** Whether the profile accepts. */
function holdsLaws(
  bytes: Uint8Array,
  profile: CborProfile,
  encode: (value: CborValue) => Uint8Array,
): boolean {
  const scanned = unharmed(`scan by ${profile.name}`, bytes, () => scanCbor(bytes, profile))
  const decoded = unharmed(`decoding by ${profile.name}`, bytes, () => decodeCbor(bytes, profile))
  checkVerdict(bytes, profile, scanned, decoded)
  if (decoded.refused !== undefined) return false
  const again = unharmed(`encoding again by ${profile.name}`, bytes, () => encode(decoded.ok))
  if (Buffer.compare(again, bytes) !== 0) throw new Finding(`${profile.name} encodes it otherwise`, bytes)
  return true
}

function checkVerdict(
  bytes: Uint8Array,
  { name }: CborProfile,
  scanned: CborResult<unknown>,
  decoded: CborResult<unknown>,
): void {
  if (scanned.refused?.detail !== decoded.refused?.detail)
    throw new Finding(`${name}: scan and decode differ`, bytes)
  if (scanned.refused !== undefined && !CODES.includes(scanned.refused.code))
    throw new Finding(`${name}: unexpected class ${scanned.refused.code}`, bytes)
}

function checkInclusion(bytes: Uint8Array, accepted: readonly (readonly [CborProfile, unknown])[]): void {
  const isAccepted = (profile: CborProfile): boolean => accepted.some(([by]) => by === profile)
  for (const [strict, loose] of STRICTER) {
    if (isAccepted(strict) && !isAccepted(loose))
      throw new Finding(`${strict.name} accepts what ${loose.name} refuses`, bytes)
  }
}

/** The slots of an envelope are items of their own, and together the whole. */
function checkSlots(bytes: Uint8Array): void {
  const { ok } = unharmed('slots', bytes, () => scanGridEnvelope(bytes, FOREIGN_PROFILE))
  if (ok === undefined) return
  if (ok.offsets.at(-1) !== bytes.length) throw new Finding('slots end elsewhere', bytes)
  for (const [index, end] of ok.offsets.slice(1).entries()) {
    if (scanCbor(bytes.subarray(ok.offsets[index], end), CORE_PROFILE).refused !== undefined)
      throw new Finding(`slot ${index} is no item`, bytes)
  }
}

function checkWork(bytes: Uint8Array): void {
  for (const [profile] of PROFILES) {
    const { bytes: watched, reads } = counted(bytes)
    const verdict = scanCbor(watched, profile)
    if (reads() > READS_PER_BYTE * bytes.length + READS_PER_BYTE)
      throw new Finding(`${profile.name} looks ${reads()} times at ${bytes.length} bytes`, bytes)
    if (verdict.refused?.detail !== scanCbor(bytes, profile).refused?.detail)
      throw new Finding(`${profile.name}: another verdict the second time`, bytes)
  }
}
