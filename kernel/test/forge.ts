/**
 * Forgeries: messages and objects put together part by part, each correctly signed by whoever wants to, so
 * that a refusal is about the one thing a test has changed.
 */
import {
  CborTagged,
  CODEC,
  decodeCbor,
  encodeCbor,
  ENVELOPE_PROFILE,
  hashBlock,
} from '../../promisebase/index.ts'
import { CLAIM, OBJECT_TYPE } from '../message/labels.ts'
import { COSE_ALGORITHM, coseKeyOf, thumbprint } from '../message/cose-key.ts'
import { writeMessageClaims } from '../message/message-claims.ts'
import type { CborInput, CborMap, CborValue, PublicKey } from '../../promisebase/index.ts'
import type { ComposedMessage, Signer, SigningKey } from '../index.ts'
import type { ObjectKind } from '../message/labels.ts'
import type { Grid } from './fixture.ts'

/** How a signature differs from the one an honest signer makes. */
export interface SealOptions {
  /** The protected header, as a map or as bytes. */
  readonly header?: CborInput
  readonly unprotected?: CborInput
  /** The third element of the COSE_Sign1; what is signed stays the payload. */
  readonly attached?: CborInput
  readonly tag?: number
  readonly context?: string
  readonly externalAad?: Uint8Array
  readonly signature?: (signature: Uint8Array) => CborInput
  /** The elements of the COSE_Sign1 are given to this at last. */
  readonly elements?: (elements: CborInput[]) => CborInput
}

/** The key of a signer that has one. */
export function onlyKey({ keys: [key] }: Signer): SigningKey {
  if (key === undefined) throw new TypeError('a signer without a key')
  return key
}

export function publicKeyOf(signer: Signer): PublicKey {
  return onlyKey(signer).publicKey
}

/** The protected header of an honest signer; typ only for signed objects. */
export function header(grid: Grid, signer: Signer, kind?: ObjectKind): CborMap {
  const map: CborMap = new Map<number, CborValue>([
    [1, COSE_ALGORITHM[publicKeyOf(signer).algorithm]],
    [4, thumbprint(grid.crypto, publicKeyOf(signer))],
  ])
  return kind === undefined ? map : map.set(16, OBJECT_TYPE[kind])
}

/** A COSE_Sign1 over `payload`: detached by default, otherwise with whatever is attached. */
export function seal(grid: Grid, signer: Signer, payload: Uint8Array, options: SealOptions = {}): Uint8Array {
  const { header: given = header(grid, signer), attached = null, unprotected = new Map() } = options
  const protectedBytes = given instanceof Uint8Array ? given : encodeCbor(given)
  const aad = options.externalAad ?? new Uint8Array(0)
  const signature = onlyKey(signer).sign(
    encodeCbor([options.context ?? 'Signature1', protectedBytes, aad, payload]),
  )
  const elements: CborInput[] = [
    protectedBytes,
    unprotected,
    attached,
    options.signature?.(signature) ?? signature,
  ]
  const body = options.elements?.(elements) ?? elements
  return encodeCbor(options.tag === -1 ? body : new CborTagged(options.tag ?? 18, body))
}

/** An object of a kind around these claims, signed and with its `typ`. */
export function sealObject(
  grid: Grid,
  signer: Signer,
  kind: ObjectKind,
  claims: CborInput,
  options: SealOptions = {},
): Uint8Array {
  const payload = claims instanceof Uint8Array ? claims : encodeCbor(claims)
  return seal(grid, signer, payload, { header: header(grid, signer, kind), attached: payload, ...options })
}

/** The claims of alice's honest message to echo, by label. */
export function messageClaims(grid: Grid, edit: Iterable<readonly [number | string, unknown]> = []): CborMap {
  const claims = decodeCbor(
    encodeCbor(
      writeMessageClaims({
        issuer: grid.alice.principal,
        audience: grid.node.principal,
        expires: grid.time.now + 60,
        issuedAt: grid.time.now,
        nonce: grid.crypto.random(16),
        method: 'echo',
        arguments: { bytes: Uint8Array.of(1, 2, 3) },
        capabilities: [grid.grant().bytes],
      }),
    ),
    ENVELOPE_PROFILE,
  ).ok as CborMap
  return edited(claims, edit)
}

/** The claims of root's honest token to alice, by label. */
export function tokenClaims(grid: Grid, edit: Iterable<readonly [number | string, unknown]> = []): CborMap {
  const claims: CborMap = new Map<number, CborValue>([
    [CLAIM.iss, grid.root.principal],
    [CLAIM.exp, grid.time.now + 3_600],
    [CLAIM.cti, grid.crypto.random(16)],
    [CLAIM.cnf, new Map([[1, coseKeyOf(publicKeyOf(grid.alice))]])],
    [CLAIM.grid, grid.grid],
    [CLAIM.resource, ['code', grid.protocol('echo')]],
    [CLAIM.methods, ['*']],
    [CLAIM.parent, grid.adoption.id],
  ])
  return edited(claims, edit)
}

/** Sets labels, and takes away those whose new value is undefined. */
function edited(claims: CborMap, edit: Iterable<readonly [number | string, unknown]>): CborMap {
  for (const [label, value] of edit) {
    if (value === undefined) claims.delete(label)
    else claims.set(label, value as CborValue)
  }
  return claims
}

export interface MessageParts {
  readonly as?: Signer
  /** The tag around the slots; without it the five elements. */
  readonly tag?: number
  readonly marker?: CborInput
  readonly protocol?: CborInput
  readonly grid?: CborInput
  /** The claims map, or its bytes. */
  readonly claims?: CborInput
  readonly seal?: SealOptions
  /** The five elements are given to this at last; the signature stays over the four before. */
  readonly elements?: (elements: CborInput[]) => CborInput
}

/** A message of alice put together by hand. */
export function forge(grid: Grid, parts: MessageParts = {}): ComposedMessage {
  const claims = parts.claims ?? messageClaims(grid)
  const four: CborInput[] = [
    parts.marker ?? 'grid',
    parts.protocol === undefined ? grid.protocol('echo') : parts.protocol,
    parts.grid === undefined ? grid.grid : parts.grid,
    claims instanceof Uint8Array ? claims : encodeCbor(claims),
  ]
  const inForm = (elements: CborInput): Uint8Array =>
    encodeCbor(parts.tag === undefined ? elements : new CborTagged(parts.tag, elements))
  const signedPayload = inForm(four)
  const five = [...four, seal(grid, parts.as ?? grid.alice, signedPayload, parts.seal)]
  return {
    bytes: inForm(parts.elements?.(five) ?? five),
    id: hashBlock(grid.crypto.sha256, CODEC.raw, signedPayload),
  }
}
