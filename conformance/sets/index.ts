/** The adapter of each set. A set that is in the folder and not here is listed as out of scope. */
import { coseWgExamples } from './cose-wg-examples.ts'
import { coseMlDsa } from './cose-mldsa.ts'
import { dgcCwt } from './dgc-cwt.ts'
import { gluecose } from './gluecose.ts'
import { rfc8747Pop } from './rfc8747-pop.ts'
import { withoutPart } from './without.ts'
import type { SetAdapter } from './set.ts'

const adapters: readonly SetAdapter[] = [
  coseMlDsa,
  coseWgExamples,
  dgcCwt,
  gluecose,
  withoutPart('promisegrid', 'the envelope of the published grid-cbor has no adapter yet'),
  rfc8747Pop,
]

export const SET_ADAPTERS: ReadonlyMap<string, SetAdapter> = new Map(
  adapters.map((adapter) => [adapter.set, adapter]),
)
