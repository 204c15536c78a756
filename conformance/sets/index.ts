/** The adapter of each set. A set that is in the folder and not here is listed as out of scope. */
import { atprotoInterop } from './atproto-interop.ts'
import { cborCdeExamples } from './cbor-cde-examples.ts'
import { cborRfc8949 } from './cbor-rfc8949.ts'
import { daslTesting } from './dasl-testing.ts'
import { dcbor } from './dcbor.ts'
import { ipldCodecFixtures } from './ipld-codec-fixtures.ts'
import { multiformats } from './multiformats.ts'
import { acvpEddsa } from './acvp-eddsa.ts'
import { acvpMldsa65 } from './acvp-mldsa65.ts'
import { acvpMlkem768 } from './acvp-mlkem768.ts'
import { cctvMldsaAccumulated } from './cctv-mldsa-accumulated.ts'
import { cctvMlkem } from './cctv-mlkem.ts'
import { compositeKem } from './composite-kem.ts'
import { compositeSigs } from './composite-sigs.ts'
import { ed25519Edge } from './ed25519-edge.ts'
import { ed25519Rfc8032 } from './ed25519-rfc8032.ts'
import { wycheproofAeadKdf } from './wycheproof-aead-kdf.ts'
import { wycheproofEd25519 } from './wycheproof-ed25519.ts'
import { wycheproofMldsa65 } from './wycheproof-mldsa65.ts'
import { wycheproofMlkem768 } from './wycheproof-mlkem768.ts'
import { wycheproofX25519 } from './wycheproof-x25519.ts'
import { xwingHybridKem } from './xwing-hybrid-kem.ts'
import { withoutPart } from './without.ts'
import type { SetAdapter } from './set.ts'

const COSE = 'COSE beyond the messages of a grid is not public yet'

const adapters: readonly SetAdapter[] = [
  atprotoInterop,
  cborCdeExamples,
  cborRfc8949,
  daslTesting,
  dcbor,
  ipldCodecFixtures,
  multiformats,
  xwingHybridKem,
  wycheproofX25519,
  wycheproofMlkem768,
  wycheproofMldsa65,
  wycheproofEd25519,
  wycheproofAeadKdf,
  ed25519Rfc8032,
  ed25519Edge,
  compositeSigs,
  compositeKem,
  cctvMlkem,
  cctvMldsaAccumulated,
  acvpMlkem768,
  acvpMldsa65,
  acvpEddsa,
  withoutPart('cose-mldsa', COSE),
  withoutPart('cose-wg-examples', COSE),
  withoutPart('dgc-cwt', COSE),
  withoutPart('gluecose', COSE),
  withoutPart('promisegrid', 'the envelope of the published grid-cbor has no adapter yet'),
  withoutPart('rfc8747-pop', COSE),
]

export const SET_ADAPTERS: ReadonlyMap<string, SetAdapter> = new Map(
  adapters.map((adapter) => [adapter.set, adapter]),
)
