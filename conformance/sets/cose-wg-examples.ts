/**
 * cose-wg/Examples: one object of any of the six kinds in each file, with its keys, the bytes that are signed,
 * and for a failure what was changed. A failure must be refused for that change, not for anything.
 */
import { nodeCcm } from 'promisegrid'
import {
  coseSigner,
  createCoseMac0,
  encStructure,
  macStructure,
  openCoseEncrypt,
  openCoseEncrypt0,
  readCoseEncrypt,
  readCoseEncrypt0,
  readCoseMac,
  readCoseMac0,
  readCoseSign,
  readCoseSign1,
  sealCoseEncrypt0,
  signCoseSign,
  signCoseSign1,
  sigStructure,
  verifyCoseMac,
  verifyCoseMac0,
  verifyCoseSign,
  verifyCoseSign1,
} from 'promisegrid/kernel'
import { decodeCbor, FOREIGN_PROFILE, isTagged, rewriteCbor } from 'promisegrid/promisebase'
import { sameBytes, unhex, utf8 } from './bytes.ts'
import { keyOf, withoutName } from './cose-key.ts'
import { byEach } from './providers.ts'
import { adapterOf, all, outOfScope, verdict, wrong } from './set.ts'
import type {
  CoseHeaders,
  CoseReading,
  CoseSigner,
  PartyInfo,
  RecipientKey,
  Result,
} from 'promisegrid/kernel'
import type { CborMap, CborValue } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'
import type { Providers } from './providers.ts'
import type { JsonKey } from './cose-key.ts'
import type { VectorSet } from '../vector-sets.ts'

interface Layer {
  readonly key?: JsonKey
  readonly sender_key?: JsonKey
  readonly alg?: string | number
  readonly protected?: { readonly alg?: string | number }
  readonly unprotected?: { readonly alg?: string | number; readonly partialIV_hex?: string }
  readonly unsent?: Readonly<Record<string, string | undefined>>
  readonly external?: string
  readonly signers?: readonly Layer[]
  readonly recipients?: readonly Layer[]
  readonly failures?: object
}

interface Example {
  readonly fail?: boolean
  readonly input: {
    readonly plaintext?: string
    readonly plaintext_hex?: string
    readonly failures?: object
  } & Readonly<Partial<Record<Kind, Layer>>>
  readonly intermediates?: Layered
  readonly output: { readonly cbor: string }
}

interface Layered {
  readonly ToBeSign_hex?: string
  readonly ToMac_hex?: string
  readonly AAD_hex?: string
  readonly signers?: readonly { readonly ToBeSign_hex?: string }[]
}

const KINDS = ['sign', 'sign0', 'mac', 'mac0', 'enveloped', 'encrypted'] as const
type Kind = (typeof KINDS)[number]

/** What was found when an object was read and judged by all its keys. */
interface Found {
  readonly content: Uint8Array
  /** What was authenticated, against what the vector says was. */
  readonly structures: readonly (readonly [Uint8Array, string | undefined])[]
  /** The same object made again, where the algorithm gives the same bytes each time. */
  readonly again?: Uint8Array
}

interface Asked {
  readonly bytes: Uint8Array
  readonly layer: Layer
  readonly content: Uint8Array
  readonly externalAad: Uint8Array
  readonly said: Layered
  readonly reading: CoseReading
}

const NOTHING = new Uint8Array(0)

const JUDGES: Record<Kind, (providers: Providers, asked: Asked) => Result<Found>> = {
  sign: judgeSign,
  sign0: judgeSign1,
  mac: judgeMac,
  mac0: judgeMac0,
  enveloped: judgeEncrypt,
  encrypted: judgeEncrypt0,
}

export const coseWgExamples = adapterOf(
  'cose-wg-examples',
  {
    files: /\.json$/,
    cases: (set, file) => [{ name: '', judge: () => judgeExample(readExample(set, file)) }],
  },
  // The keys of the examples in prose: two notations, and curves that are not those of the keys. No case.
  { files: /(^|\/)KeySet\.txt$/, cases: () => [] },
)

/** Some files begin with a byte order mark. */
function readExample(set: VectorSet, file: string): Example {
  return JSON.parse(set.text(file).replace(/^\uFEFF/, '')) as Example
}

function judgeExample(example: Example): Verdict {
  const kind = KINDS.find((each) => example.input[each] !== undefined)
  const layer = kind && example.input[kind]
  if (kind === undefined || layer === undefined)
    return outOfScope('an object that is none of the six kinds of COSE')
  const names = algorithmsIn(layer)
  if (names.some((name) => /^RSA-OAEP/.test(name)))
    return outOfScope('RSA-OAEP: nothing here decrypts with an RSA key, and keys are sent by X-Wing or ECDH')
  if (names.some((name) => /^(HSS-LMS|WalnutDSA|ES256K)/.test(name)))
    return outOfScope('a signature algorithm outside RFC 9053, RFC 9864 and RFC 9964')
  if (/"crv":"(X448|secp256k1)"/.test(JSON.stringify(layer)))
    return outOfScope('a key on X448 or secp256k1, which nothing here uses')
  const asked = {
    bytes: unhex(example.output.cbor.toLowerCase()),
    layer,
    content: contentOf(example),
    externalAad: unhex(layer.external ?? layer.signers?.find(({ external }) => external)?.external ?? ''),
    said: example.intermediates ?? {},
    reading: { rules: 'foreign' } as const,
  }
  return byEach((providers) => {
    const judge = (more: Partial<Asked>): Result<Found> => JUDGES[kind](providers, { ...asked, ...more })
    return example.fail === true
      ? judgeFailure(judge({}), changesIn(example.input))
      : all(
          judgeSuccess(judgeCritical(judge, asked), asked),
          judgeFailure(judgeCritical(judge, { ...asked, externalAad: utf8('of something else') }), []),
        )
  })
}

/** What `crit` names is refused at first, and taken once it is understood. */
function judgeCritical(judge: (more: Partial<Asked>) => Result<Found>, asked: Asked): Result<Found> {
  const found = judge(asked)
  if (found.refused?.code !== 'CRIT') return found
  const understood = new Set(criticalLabels(asked.bytes))
  return judge({ ...asked, reading: { ...asked.reading, understood } })
}

/** The labels that the protected header of the object calls critical. */
function criticalLabels(bytes: Uint8Array): readonly (number | string)[] {
  const object = decodeCbor(rewritten(bytes), FOREIGN_PROFILE).ok
  const [header] = (isTagged(object) ? object.value : object) as readonly CborValue[]
  const map = decodeCbor(rewritten(header as Uint8Array), FOREIGN_PROFILE).ok
  return (map as CborMap).get(2) as readonly (number | string)[]
}

function contentOf({ input: { plaintext, plaintext_hex } }: Example): Uint8Array {
  if (plaintext_hex !== undefined) return unhex(plaintext_hex)
  if (plaintext === undefined) throw new Error('a vector without content')
  return utf8(plaintext)
}

function judgeSuccess(found: Result<Found>, { content, bytes }: Asked): Verdict {
  if (found.refused !== undefined) return wrong(`refused with ${found.refused.code}: ${found.refused.detail}`)
  const structures = found.ok.structures.map(([ours, said]) =>
    verdict(said === undefined || sameBytes(unhex(said), ours), 'the authenticated bytes are others'),
  )
  const { again } = found.ok
  return all(
    verdict(sameBytes(found.ok.content, content), 'the content is another'),
    ...structures,
    verdict(again === undefined || sameBytes(rewritten(bytes), again), 'made again, the object is another'),
  )
}

/** The code that a change must be refused with. */
function judgeFailure(found: Result<Found>, changes: readonly string[]): Verdict {
  if (found.refused === undefined) return wrong('taken, though it must be refused')
  const expected = changes.includes('ChangeCBORTag')
    ? 'SHAPE'
    : changes.includes('ChangeAttr')
      ? 'ALG'
      : 'SIG'
  const { code, detail } = found.refused
  return verdict(code === expected, `refused with ${code} (${detail}), expected ${expected}`)
}

/** The names of all changes, wherever in the input they are told. */
function changesIn(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return []
  return Object.entries(input).flatMap(([name, value]) =>
    name === 'failures' ? Object.keys(value as object) : changesIn(value),
  )
}

function algorithmsIn(layer: Layer): string[] {
  const below = [...(layer.signers ?? []), ...(layer.recipients ?? [])]
  const own = [layer.alg, layer.protected?.alg, layer.unprotected?.alg]
  return [...own.map(String), ...below.flatMap(algorithmsIn)]
}

// ------------------------------------------------------------------------------------------ each kind

function judgeSign1(
  { crypto }: Providers,
  { bytes, layer, externalAad, said, reading }: Asked,
): Result<Found> {
  const read = readCoseSign1(bytes, reading)
  if (read.refused !== undefined) return read
  const { headers, algorithm } = read.ok
  const key = keyIn(layer)
  const content = verifyCoseSign1(crypto, read.ok, key, { externalAad })
  if (content.refused !== undefined) return content
  const signed = sigStructure('Signature1', headers.protectedBytes, undefined, externalAad, content.ok)
  const signer = isFixed(algorithm) && isSorted(headers) ? coseSigner(crypto, key, algorithm).ok : undefined
  const again = signer && signCoseSign1(unnamed(signer), content.ok, { ...headersOf(headers), externalAad })
  return {
    ok: { content: content.ok, structures: [[signed, said.ToBeSign_hex]], ...(again && { again }) },
  }
}

function judgeSign(
  { crypto }: Providers,
  { bytes, layer, externalAad, said, reading }: Asked,
): Result<Found> {
  const read = readCoseSign(bytes, reading)
  if (read.refused !== undefined) return read
  const { headers, signatures } = read.ok
  const keys = (layer.signers ?? []).map((each) => keyIn(each))
  const content = verifyCoseSign(crypto, read.ok, keys, { externalAad })
  if (content.refused !== undefined) return content
  const structures = signatures.map((each, index) => {
    const own = each.headers.protectedBytes
    const signed = sigStructure('Signature', headers.protectedBytes, own, externalAad, content.ok)
    return [signed, said.signers?.[index]?.ToBeSign_hex] as const
  })
  const signers = signatures.map(({ algorithm }, index) =>
    isFixed(algorithm) && keys[index] ? coseSigner(crypto, keys[index], algorithm).ok : undefined,
  )
  // Beside alg and kid our signers say nothing: with more in a header it is another object.
  const isPlain = signatures.every(
    (each) => each.headers.protected.size + each.headers.unprotected.size === 2,
  )
  const again =
    isPlain && isSorted(headers) && signers.every((signer) => signer !== undefined)
      ? signCoseSign(signers, content.ok, { ...headersOf(headers), externalAad })
      : undefined
  return { ok: { content: content.ok, structures, ...(again && { again }) } }
}

function judgeMac0(_: Providers, { bytes, layer, externalAad, said, reading }: Asked): Result<Found> {
  const read = readCoseMac0(bytes, reading)
  if (read.refused !== undefined) return read
  const { headers, algorithm } = read.ok
  const key = withoutName(keyIn(layer.recipients?.[0] ?? layer))
  const content = verifyCoseMac0(read.ok, key, { externalAad })
  if (content.refused !== undefined) return content
  const macced = macStructure('MAC0', headers.protectedBytes, externalAad, content.ok)
  const again =
    headers.protected.has(1) && isSorted(headers)
      ? createCoseMac0(key, algorithm, content.ok, { ...headersOf(headers), externalAad }).ok
      : undefined
  return { ok: { content: content.ok, structures: [[macced, said.ToMac_hex]], ...(again && { again }) } }
}

function judgeMac(_: Providers, { bytes, layer, externalAad, said, reading }: Asked): Result<Found> {
  const read = readCoseMac(bytes, reading)
  if (read.refused !== undefined) return read
  const content = byEveryRecipient(layer, (own) => verifyCoseMac(read.ok, own, { externalAad }))
  if (content.refused !== undefined) return content
  const macced = macStructure('MAC', read.ok.headers.protectedBytes, externalAad, content.ok)
  return { ok: { content: content.ok, structures: [[macced, said.ToMac_hex]] } }
}

function judgeEncrypt0(_: Providers, { bytes, layer, externalAad, said, reading }: Asked): Result<Found> {
  const read = readCoseEncrypt0(bytes, reading)
  if (read.refused !== undefined) return read
  const { headers, algorithm } = read.ok
  const key = withoutName(keyIn(layer.recipients?.[0] ?? layer, baseIvOf(layer)))
  const content = openCoseEncrypt0(read.ok, key, { externalAad, ccm: nodeCcm })
  if (content.refused !== undefined) return content
  const sealed = encStructure('Encrypt0', headers.protectedBytes, externalAad)
  const iv = headers.unprotected.get(5)
  const again =
    headers.protected.has(1) && isSorted(headers) && iv instanceof Uint8Array
      ? sealCoseEncrypt0(key, algorithm, iv, content.ok, { ...headersOf(headers), externalAad, ccm: nodeCcm })
          .ok
      : undefined
  return {
    ok: { content: content.ok, structures: [[sealed, said.AAD_hex]], ...(again && { again: again.bytes }) },
  }
}

function judgeEncrypt(_: Providers, { bytes, layer, externalAad, said, reading }: Asked): Result<Found> {
  const read = readCoseEncrypt(bytes, reading)
  if (read.refused !== undefined) return read
  const content = byEveryRecipient(layer, (own) =>
    openCoseEncrypt(read.ok, own, { externalAad, ccm: nodeCcm }),
  )
  if (content.refused !== undefined) return content
  const sealed = encStructure('Encrypt', read.ok.headers.protectedBytes, externalAad)
  return { ok: { content: content.ok, structures: [[sealed, said.AAD_hex]] } }
}

/** Each recipient for whom the vector has a key must come to the same content. */
function byEveryRecipient(layer: Layer, open: (own: RecipientKey) => Result<Uint8Array>): Result<Uint8Array> {
  const keys = recipientKeys(layer.recipients ?? [], baseIvOf(layer))
  const contents = keys.map(open)
  const refused = contents.find((each) => each.refused !== undefined)
  if (refused !== undefined) return refused
  const [first, ...others] = contents.map(({ ok }) => ok)
  if (first === undefined) throw new Error('a vector without a key')
  if (!others.every((other) => sameBytes(other, first))) throw new Error('recipients come to other contents')
  return { ok: first }
}

// --------------------------------------------------------------------------------------------- input

function recipientKeys(recipients: readonly Layer[], baseIv: Uint8Array | undefined): RecipientKey[] {
  const isOnlyOne = recipients.length === 1
  return recipients.flatMap((recipient) => {
    if (recipient.key === undefined) return recipientKeys(recipient.recipients ?? [], baseIv)
    const { sender_key: sender, unsent } = recipient
    const key = keyIn(recipient, baseIv)
    const context = contextOf(unsent)
    return {
      key: isOnlyOne ? withoutName(key) : key,
      context,
      ...(sender && { sender: keyOf(sender) }),
    }
  })
}

/** What both sides know and the message does not say. */
function contextOf(unsent: Layer['unsent'] = {}): NonNullable<RecipientKey['context']> {
  const { pub_other: publicOther, priv_other: privateOther } = unsent
  return {
    partyU: partyOf(unsent, 'apu'),
    partyV: partyOf(unsent, 'apv'),
    ...(publicOther === undefined ? {} : { publicOther: utf8(publicOther) }),
    ...(privateOther === undefined ? {} : { privateOther: utf8(privateOther) }),
  }
}

function partyOf(unsent: NonNullable<Layer['unsent']>, party: 'apu' | 'apv'): PartyInfo {
  const names = { identity: 'id', nonce: 'nonce', other: 'other' }
  const entries = Object.entries(names).flatMap(([name, suffix]) => {
    const [text, hex] = [unsent[`${party}_${suffix}`], unsent[`${party}_${suffix}_hex`]]
    const value = hex === undefined ? text && utf8(text) : unhex(hex)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries) as PartyInfo
}

function keyIn({ key }: Layer, baseIv?: Uint8Array): ReturnType<typeof keyOf> {
  if (key === undefined) throw new Error('a vector without a key')
  return keyOf(key, baseIv === undefined ? {} : { baseIv })
}

/** The vectors say the whole IV; the Base IV is what the Partial IV was added to. */
function baseIvOf({ unsent, unprotected }: Layer): Uint8Array | undefined {
  if (unsent?.['IV_hex'] === undefined || unprotected?.partialIV_hex === undefined) return undefined
  const [iv, partial] = [unhex(unsent['IV_hex']), unhex(unprotected.partialIV_hex)]
  const at = iv.length - partial.length
  return iv.map((byte, index) => (index < at ? byte : byte ^ (partial[index - at] ?? 0)))
}

function headersOf({
  protected: signed,
  unprotected,
}: CoseHeaders): Pick<CoseHeaders, 'protected' | 'unprotected'> {
  return { protected: signed, unprotected }
}

/** The header of the vector has the name already, or has none. */
function unnamed({ kid: _kid, ...signer }: CoseSigner): CoseSigner {
  return signer
}

/** We write headers in one order; what was signed in another one cannot be made again. */
function isSorted({ protectedBytes }: CoseHeaders): boolean {
  return protectedBytes.length === 0 || sameBytes(rewritten(protectedBytes), protectedBytes)
}

/** EdDSA, whose signatures of one message are the same each time. */
function isFixed(algorithm: number): boolean {
  return [-8, -19, -53].includes(algorithm)
}

function rewritten(bytes: Uint8Array): Uint8Array {
  return rewriteCbor(bytes, FOREIGN_PROFILE).ok ?? NOTHING
}
