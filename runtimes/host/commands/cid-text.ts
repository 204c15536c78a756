/** CIDs as people paste them: other tools write the same names in other bases. What is written here is base32. */
import { base16 } from 'multiformats/bases/base16'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'

import { parseCid } from '../../../promisebase/index.ts'
import type { CID } from 'multiformats/cid'
import type { CidRule } from '../../../promisebase/index.ts'

const BASES = [base32, base58btc, base36, base16, base64url]

/** The CID of a text in a usual base. */
export function cidOfText(text: string, rule: CidRule = {}): CID | undefined {
  return parseCid(text, { ...rule, bases: BASES }).ok
}
