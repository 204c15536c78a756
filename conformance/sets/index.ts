/** The adapter of each set. A set that is in the folder and not here is listed as out of scope. */
import { withoutPart } from './without.ts'
import type { SetAdapter } from './set.ts'

const COSE = 'COSE beyond the messages of a grid is not public yet'

const adapters: readonly SetAdapter[] = [
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
