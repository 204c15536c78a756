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
import { coseWgExamples } from './cose-wg-examples.ts'
import { coseMlDsa } from './cose-mldsa.ts'
import { dgcCwt } from './dgc-cwt.ts'
import { gluecose } from './gluecose.ts'
import { rfc8747Pop } from './rfc8747-pop.ts'
import { promisegrid } from './promisegrid.ts'
import { withoutPart } from './without.ts'
import type { SetAdapter } from './set.ts'

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
  coseMlDsa,
  coseWgExamples,
  dgcCwt,
  gluecose,
  rfc8747Pop,
  promisegrid,
]

export const SET_ADAPTERS: ReadonlyMap<string, SetAdapter> = new Map(
  adapters.map((adapter) => [adapter.set, adapter]),
)
