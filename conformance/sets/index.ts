/** The adapter of each set. A set that is in the folder and not here is listed as out of scope. */
import { acvpEddsa } from './acvp-eddsa.ts'
import { acvpMldsa65 } from './acvp-mldsa65.ts'
import { acvpMlkem768 } from './acvp-mlkem768.ts'
import { atprotoInterop } from './atproto-interop.ts'
import { carHamt } from './car-hamt.ts'
import { cborCdeExamples } from './cbor-cde-examples.ts'
import { cborRfc8949 } from './cbor-rfc8949.ts'
import { cctvMldsaAccumulated } from './cctv-mldsa-accumulated.ts'
import { cctvMlkem } from './cctv-mlkem.ts'
import { compositeKem } from './composite-kem.ts'
import { compositeSigs } from './composite-sigs.ts'
import { coseMlDsa } from './cose-mldsa.ts'
import { coseWgExamples } from './cose-wg-examples.ts'
import { daslTesting } from './dasl-testing.ts'
import { dcbor } from './dcbor.ts'
import { dgcCwt } from './dgc-cwt.ts'
import { didKey } from './did-key.ts'
import { ed25519Edge } from './ed25519-edge.ts'
import { ed25519Rfc8032 } from './ed25519-rfc8032.ts'
import { gluecose } from './gluecose.ts'
import { ipldCodecFixtures } from './ipld-codec-fixtures.ts'
import { libp2pPeerIds } from './libp2p-peer-ids.ts'
import { multiformats } from './multiformats.ts'
import { promisegrid } from './promisegrid.ts'
import { rfc8747Pop } from './rfc8747-pop.ts'
import { ucan } from './ucan.ts'
import { countOf, withoutPart } from './without.ts'
import { wycheproofAeadKdf } from './wycheproof-aead-kdf.ts'
import { wycheproofEd25519 } from './wycheproof-ed25519.ts'
import { wycheproofMldsa65 } from './wycheproof-mldsa65.ts'
import { wycheproofMlkem768 } from './wycheproof-mlkem768.ts'
import { wycheproofX25519 } from './wycheproof-x25519.ts'
import { xwingHybridKem } from './xwing-hybrid-kem.ts'
import type { VectorSet } from '../vector-sets.ts'
import type { SetAdapter } from './set.ts'

const BLS = 'signatures over BLS12-381 are not built yet'
const DRAND = 'drand beacons are not verified yet'
const GROTH16 = 'Groth16 proofs are not verified yet'
const SHARES = 'secrets are not shared out yet'

const adapters: readonly SetAdapter[] = [
  acvpEddsa,
  acvpMldsa65,
  acvpMlkem768,
  atprotoInterop,
  withoutPart('bls12-381', BLS),
  withoutPart('bn254-eip196-197', 'arithmetic over BN254 is not built yet'),
  carHamt,
  cborCdeExamples,
  cborRfc8949,
  cctvMldsaAccumulated,
  cctvMlkem,
  compositeKem,
  compositeSigs,
  coseMlDsa,
  coseWgExamples,
  daslTesting,
  dcbor,
  dgcCwt,
  didKey,
  withoutPart('drand-beacons', DRAND),
  withoutPart('drand-rounds.json', DRAND, countRounds),
  ed25519Edge,
  ed25519Rfc8032,
  gluecose,
  withoutPart('grid-derived.json', 'the sector network is not built yet'),
  withoutPart('groth16-permissive', GROTH16, countProofs),
  withoutPart('groth16-task-proof.json', GROTH16),
  ipldCodecFixtures,
  withoutPart('ipvm-homestar', 'IPVM workflows are not run yet', () => 1),
  libp2pPeerIds,
  multiformats,
  withoutPart('poseidon-bn254', 'the hash Poseidon is not built yet'),
  promisegrid,
  rfc8747Pop,
  withoutPart('shamir', SHARES),
  ucan,
  wycheproofAeadKdf,
  withoutPart('wycheproof-bls', BLS),
  wycheproofEd25519,
  wycheproofMldsa65,
  wycheproofMlkem768,
  wycheproofX25519,
  xwingHybridKem,
]

/** Keys and inputs lie beside what they are for. */
function countProofs(files: VectorSet, file: string): number {
  return /proof/.test(file) ? countOf(files, file) : Number(/witness/.test(file))
}

function countRounds(files: VectorSet, file: string): number {
  type Rounds = { readonly chains: Readonly<Record<string, { readonly rounds: readonly unknown[] }>> }
  const { chains } = files.json(file) as Rounds
  return Object.values(chains).flatMap(({ rounds }) => rounds).length + countOf(files, file)
}

export const SET_ADAPTERS: ReadonlyMap<string, SetAdapter> = new Map(
  adapters.map((adapter) => [adapter.set, adapter]),
)
