/** The whole verdict table: what every platform must answer, in the same words. */
import { agreementCases } from './agreement.ts'
import { answerOf } from './case.ts'
import { cipherCases } from './cipher.ts'
import { ed25519Cases } from './ed25519.ts'
import { mlDsaCases } from './ml-dsa.ts'
import { p256Cases } from './p256.ts'
import { ps256Cases } from './ps256.ts'
import type { Case, Providers, ReadVectors } from './case.ts'

/** Every file of others that the table reads. */
export const VECTOR_FILES = [
  ['ed25519-edge', 'cctv-ed25519vectors.json'],
  ['ed25519-edge', 'zip215.json'],
  ['wycheproof-ed25519', 'ed25519_test.json'],
  ['acvp-eddsa', 'SigVer.json'],
  ['acvp-eddsa', 'KeyVer.json'],
  ['wycheproof-mldsa65', 'mldsa_65_verify_test.json'],
  ['acvp-mldsa65', 'sigVer.json'],
  ['wycheproof-x25519', 'x25519_test.json'],
  ['wycheproof-mlkem768', 'mlkem_768_test.json'],
  ['wycheproof-mlkem768', 'mlkem_768_semi_expanded_decaps_test.json'],
  ['wycheproof-mlkem768', 'mlkem_768_encaps_test.json'],
  ['wycheproof-mlkem768', 'mlkem_768_keygen_seed_test.json'],
  ['acvp-mlkem768', 'keyGen.json'],
  ['acvp-mlkem768', 'encapDecap.json'],
  ['acvp-mlkem768', 'encapDecap-tr1.json'],
  ['cctv-mlkem', 'modulus-ML-KEM-768.txt'],
  ['cctv-mlkem', 'intermediate-ML-KEM-768.txt'],
  ['xwing-hybrid-kem', 'xwing-test-vectors.json'],
  ['xwing-hybrid-kem', 'hybrids/test-vectors-MLKEM768X25519.json'],
  ['wycheproof-aead-kdf', 'chacha20_poly1305_test.json'],
  ['wycheproof-aead-kdf', 'xchacha20_poly1305_test.json'],
  ['wycheproof-aead-kdf', 'hkdf_sha256_test.json'],
  ['wycheproof-aead-kdf', 'hkdf_sha512_test.json'],
  ['wycheproof-aead-kdf', 'hmac_sha256_test.json'],
] as const

export function allCases(read: ReadVectors): readonly Case[] {
  return [
    ...ed25519Cases(read),
    ...p256Cases(),
    ...ps256Cases(),
    ...mlDsaCases(read),
    ...agreementCases(read),
    ...cipherCases(read),
  ]
}

/** One line for each case: its name, and what was answered. */
export function verdictLines(cases: readonly Case[], providers: Providers): readonly string[] {
  return cases.map((each) => `${each.name}: ${answerOf(each, providers)}`)
}

/** What the lines must be. */
export function expectedLines(cases: readonly Case[]): readonly string[] {
  return cases.map(({ name, expected }) => `${name}: ${expected}`)
}
