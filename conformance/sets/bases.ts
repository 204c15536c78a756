/**
 * Every base that the package of multiformats has. What this library reads by them, and holds to its one spelling, are
 * texts; that the tables are right is theirs to prove, and seen on the way.
 */
import * as base10 from 'multiformats/bases/base10'
import * as base16 from 'multiformats/bases/base16'
import * as base2 from 'multiformats/bases/base2'
import * as base256emoji from 'multiformats/bases/base256emoji'
import * as base32 from 'multiformats/bases/base32'
import * as base36 from 'multiformats/bases/base36'
import * as base58 from 'multiformats/bases/base58'
import * as base64 from 'multiformats/bases/base64'
import * as base8 from 'multiformats/bases/base8'
import type { Multibase } from 'promisegrid/promisebase'

/** By the name in the table of multibase. */
export const BASES: Readonly<Record<string, Multibase>> = {
  ...base2,
  ...base8,
  ...base10,
  ...base16,
  ...base32,
  ...base36,
  ...base58,
  ...base64,
  ...base256emoji,
}

export const ALL_BASES: readonly Multibase[] = Object.values(BASES)
