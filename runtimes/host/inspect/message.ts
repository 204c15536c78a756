/** A message of a grid, request or reply, in either form. */
import { readEnvelope, readMessageClaims, readSigned } from '../../../kernel/index.ts'
import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { claimFacts, claimRows } from '../terminal/claims.ts'
import { claimParts, coseParts, elementsAt, notation } from './parts.ts'
import type { Envelope, KeyRing, MessageClaims, MessageForm, Result } from '../../../kernel/index.ts'
import type { Item, Part, Verdict } from './item.ts'

const TAG_BYTES = 5
const FORM: Readonly<Record<MessageForm, string>> = { array: 'five elements', tagged: 'the tagged envelope' }

export function inspectMessage(keys: KeyRing, bytes: Uint8Array): Result<Item> {
  const envelope = readEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  const claims = readMessageClaims(envelope.ok.claims)
  const signed = readSigned({ crypto: nodeCrypto, keys }, bytes)
  const verdict: Verdict =
    signed.refused === undefined
      ? { signature: 'holds', signer: signed.ok.claims.issuer }
      : { signature: 'broken', refused: signed.refused }
  const id = hashBlock(nodeCrypto.sha256, CODEC.raw, envelope.ok.signedPayload).toString()
  return {
    ok: { id, verdict, bytes, ...described(envelope.ok, claims.ok), parts: partsOf(bytes, envelope.ok) },
  }
}

function described(
  { form, protocol, grid }: Envelope,
  claims: MessageClaims | undefined,
): Pick<Item, 'kind' | 'says' | 'rows' | 'facts'> {
  const kind = claims?.outcome === undefined && claims?.inReplyTo === undefined ? 'message' : 'reply'
  return {
    kind,
    says: `a ${kind === 'reply' ? 'reply' : 'request'} in ${FORM[form]}`,
    rows: [
      ['protocol', protocol.toString()],
      ['grid', grid.toString()],
      ...(claims === undefined ? [] : claimRows(claims)),
    ],
    facts: {
      form,
      protocol: protocol.toString(),
      grid: grid.toString(),
      ...(claims === undefined ? {} : { claims: claimFacts(claims) }),
    },
  }
}

function partsOf(bytes: Uint8Array, { form, claims, signature }: Envelope): Part[] {
  const elements = elementsAt(bytes, form === 'array' ? 0 : TAG_BYTES)
  const element = (index: number): string => notation(elements[index] ?? new Uint8Array(0))
  return [
    { name: 'form', value: FORM[form], isNamed: true },
    { name: 'protocol_cid', value: element(1), isNamed: true },
    { name: 'grid_cid', value: element(2), isNamed: true },
    ...claimParts(claims),
    ...signatureParts(signature),
  ]
}

/** The fifth element is bytes that only a look at the signature makes COSE of. */
function signatureParts(signature: Uint8Array): Part[] {
  try {
    return coseParts(signature, false)
  } catch {
    return [{ name: 'signature', value: notation(signature), isNamed: false }]
  }
}
