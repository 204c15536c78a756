/** One result for every engine of key agreement: sizes and keys are judged here, in front of the engine. */
import { decapsulateExpanded, isExpandedMlKem, mlKemKeyOf } from './ml-kem-expanded.ts'
import { admitMlKem } from './ml-kem-strict.ts'
import { admitX25519, isSharedSecret } from './x25519-strict.ts'
import { splitXWing, X_WING_BYTES, xWingDecapsulate, xWingEncapsulate, xWingPublicKey } from './x-wing.ts'
import type { AgreementAlgorithm, AgreementKey, AgreementProvider, Encapsulation } from '../interface.ts'
import type { AgreementEngine } from './agreement-engine.ts'

/** One way to agree: its sizes in bytes, and its steps for input of these sizes. */
interface Agreement {
  readonly secret: number
  readonly ciphertext: number
  readonly entropy: number
  /** Whether this is a secret in the other form that it has. */
  isExpanded?(secret: Uint8Array): boolean
  admit(key: Uint8Array): boolean
  publicKey(engine: AgreementEngine, secret: Uint8Array): Uint8Array
  encapsulate(
    engine: AgreementEngine,
    key: Uint8Array,
    entropy: Uint8Array | undefined,
  ): Encapsulation | undefined
  decapsulate(engine: AgreementEngine, secret: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
}

/** d‖z of ML-KEM. */
const SEED_BYTES = 64

const AGREEMENTS: ReadonlyMap<string, Agreement> = new Map<AgreementAlgorithm, Agreement>([
  [
    'X25519',
    {
      secret: 32,
      ciphertext: 32,
      entropy: 32,
      admit: admitX25519,
      publicKey: (engine, secret) => engine.x25519PublicKey(secret),
      encapsulate: (engine, key, entropy = engine.random(32)) => {
        const sharedSecret = engine.x25519(entropy, key)
        if (sharedSecret === undefined) return undefined
        return { ciphertext: engine.x25519PublicKey(entropy), sharedSecret }
      },
      decapsulate: (engine, secret, ciphertext) => engine.x25519(secret, ciphertext),
    },
  ],
  [
    'ML-KEM-768',
    {
      secret: SEED_BYTES,
      ciphertext: 1088,
      entropy: 32,
      isExpanded: isExpandedMlKem,
      admit: admitMlKem,
      publicKey: (engine, secret) =>
        secret.length === SEED_BYTES ? engine.mlKemPublicKey(secret) : mlKemKeyOf(secret),
      encapsulate: (engine, key, entropy) => engine.mlKemEncapsulate(key, entropy),
      decapsulate: (engine, secret, ciphertext) =>
        secret.length === SEED_BYTES
          ? engine.mlKemDecapsulate(secret, ciphertext)
          : decapsulateExpanded(secret, ciphertext),
    },
  ],
  [
    'X-Wing',
    {
      secret: 32,
      ciphertext: X_WING_BYTES.ciphertext,
      entropy: 64,
      admit: admitXWing,
      publicKey: xWingPublicKey,
      encapsulate: xWingEncapsulate,
      decapsulate: xWingDecapsulate,
    },
  ],
])

/** The provider that an engine makes once the strict checks stand in front of it. */
export function createStrictAgreement(given: AgreementEngine): AgreementProvider {
  const engine = withoutZero(given)
  return {
    name: engine.name,
    admitKey,
    publicKey: (algorithm, secret) => {
      const agreement = agreementOf(algorithm)
      checkSecret(agreement, secret)
      return { algorithm, bytes: agreement.publicKey(engine, secret) }
    },
    encapsulate: (key, entropy) => {
      const agreement = agreementOf(key.algorithm)
      if (entropy !== undefined) checkSize('entropy', entropy, agreement.entropy)
      return agreement.admit(key.bytes) ? agreement.encapsulate(engine, key.bytes, entropy) : undefined
    },
    decapsulate: (algorithm, secret, ciphertext) => {
      const agreement = agreementOf(algorithm)
      checkSecret(agreement, secret)
      if (ciphertext.length !== agreement.ciphertext) return undefined
      return agreement.decapsulate(engine, secret, ciphertext)
    },
  }
}

/** Engines refuse a product of zero in their own ways, or hand it out. */
function withoutZero(engine: AgreementEngine): AgreementEngine {
  return {
    ...engine,
    x25519: (secret, key) => {
      const product = engine.x25519(secret, key)
      return product !== undefined && isSharedSecret(product) ? product : undefined
    },
  }
}

function admitKey(key: AgreementKey): boolean {
  return AGREEMENTS.get(key.algorithm)?.admit(key.bytes) === true
}

function admitXWing(key: Uint8Array): boolean {
  if (key.length !== X_WING_BYTES.key) return false
  const parts = splitXWing(key)
  return admitX25519(parts.x25519) && admitMlKem(parts.mlKem)
}

function agreementOf(algorithm: AgreementAlgorithm): Agreement {
  const agreement = AGREEMENTS.get(algorithm)
  if (agreement === undefined) throw new TypeError('algorithm is not known')
  return agreement
}

function checkSecret({ secret: size, isExpanded }: Agreement, secret: Uint8Array): void {
  if (secret.length === size || isExpanded?.(secret) === true) return
  const other = isExpanded === undefined ? '' : ', or be an expanded one whose parts belong together'
  throw new TypeError(`secret must have ${size} bytes${other}`)
}

function checkSize(name: string, bytes: Uint8Array, size: number): void {
  if (bytes.length !== size) throw new TypeError(`${name} must have ${size} bytes`)
}
