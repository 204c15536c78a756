/** CIDs: any bytes and any text come to a verdict, and what is accepted has one spelling and the parts it says. */
import { CID } from 'multiformats/cid'
import { checkCid, cidKey, HASH, nobleHasher, parseCid } from 'promisegrid/promisebase'
import { mutate } from './mutate.ts'
import { Counts, Finding, unharmed } from './target.ts'
import type { CidRule } from 'promisegrid/promisebase'
import type { Random } from './random.ts'
import type { Target } from './target.ts'

const HASHES: readonly number[] = Object.values(HASH)
const RULES: readonly CidRule[] = [
  {},
  { codecs: [0x55, 0x71] },
  { hashes: HASHES },
  { hashes: HASHES, identityBytes: 128 },
  { identityBytes: 2 ** 20, codecs: [0x55] },
]
const MULTIBASES = ['b', 'B', 'z', 'f', 'm', 'u', 'k', 'Qm', '']
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567ABZ0189=+/-_ \n\u00e9'

export function openCid(): Target {
  const counts = new Counts()
  const step = (random: Random): void => {
    const input = random.once(2) ? binary(random) : text(random)
    const rule = random.pick(RULES)
    const parsed = unharmed('parseCid', input, () => parseCid(input, rule))
    counts.add(parsed.ok === undefined ? 'refused' : 'accepted')
    if (parsed.ok === undefined) checkRefusal(input, parsed.refused.code, rule)
    else checkCidOf(input, parsed.ok, rule)
  }
  return { step, counts }
}

function binary(random: Random): Uint8Array {
  const codec = random.pick([
    [0x55],
    [0x71],
    [0x51],
    [0xa7, 0x20],
    [random.byte()],
    [0x80 | random.byte(), random.byte()],
  ])
  const hash = random.pick([...HASHES, ...HASHES, 0, 0x11, 0x15, random.below(300)])
  const whole = HASHES.includes(hash) ? nobleHasher.digest(hash, new Uint8Array()).length : random.size(140)
  const length = random.once(6) ? random.size(140) : whole
  const head = [random.once(20) ? random.byte() : 1, ...codec, ...varint(hash), ...varint(length)]
  const bytes = Uint8Array.of(...head, ...random.bytes(random.once(12) ? random.size(80) : length))
  return random.once(2) ? bytes : mutate(random, bytes)
}

function text(random: Random): string {
  const bytes = binary(random)
  const parsed = parseCid(bytes, { hashes: HASHES, identityBytes: 128 })
  const letters = parsed.ok?.toString() ?? random.pick(MULTIBASES) + spelled(random, random.size(70))
  if (random.once(2)) return letters
  const at = random.below(letters.length + 1)
  return letters.slice(0, at) + spelled(random, random.size(3)) + letters.slice(at + random.size(2))
}

function spelled(random: Random, length: number): string {
  return Array.from({ length }, () => random.pick([...ALPHABET])).join('')
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(value >>> 7)]
}

/** Of binary CIDs, what the library behind them reads and the rule names must not be refused. */
function checkRefusal(input: Uint8Array | string, code: string, rule: CidRule): void {
  if (code !== 'CID') throw new Finding(`unexpected class ${code}`, input)
  const theirs = typeof input === 'string' ? undefined : decoded(input)
  if (theirs === undefined || theirs.version !== 1) return
  const { code: hash, digest } = theirs.multihash
  const isHashNamed =
    hash === 0 ? digest.length <= Math.min(rule.identityBytes ?? -1, 128) : isWhole(theirs, rule)
  const isCodecNamed = rule.codecs?.includes(theirs.code) ?? true
  if (isHashNamed && isCodecNamed) throw new Finding('refused, though the rule names it', input)
}

function isWhole({ multihash }: CID, rule: CidRule): boolean {
  const isNamed = (rule.hashes ?? [HASH['sha2-256']]).includes(multihash.code)
  return isNamed && multihash.digest.length === nobleHasher.digest(multihash.code, new Uint8Array()).length
}

function decoded(bytes: Uint8Array): CID | undefined {
  try {
    return CID.decode(bytes)
  } catch {
    return undefined
  }
}

function checkCidOf(input: Uint8Array | string, cid: CID, rule: CidRule): void {
  const isSame = typeof input === 'string' ? cid.toString() === input : Buffer.compare(cid.bytes, input) === 0
  if (!isSame) throw new Finding('accepted, and written otherwise', input)
  const theirs = unharmed('CID.decode', input, () => CID.decode(cid.bytes))
  if (!theirs.equals(cid) || cidKey(theirs) !== cidKey(cid)) throw new Finding('read otherwise', input)
  if (checkCid(theirs, rule).refused !== undefined)
    throw new Finding('parsed, and not held by its rule', input)
  if (parseCid(cid.toString(), rule).ok?.equals(cid) !== true) throw new Finding('its text is refused', input)
}
