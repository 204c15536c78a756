/**
 * A message in diagnostic notation for people who want to see its shape: long strings cut in the middle, each
 * claim named, tokens left closed. `grid message show --full` prints it whole.
 */
import { CLAIM, readEnvelope } from '../../../kernel/index.ts'
import { diagnose, elementOffsets, GRID_TAG, GRID_TAG_BYTES } from '../../../promisebase/index.ts'
import { indent } from './layout.ts'
import { bytes } from './units.ts'

/** Strings up to this many characters are shown whole. */
const WHOLE = 24
const NAMES = new Map(Object.entries(CLAIM).map(([name, label]) => [String(label), name]))

/** Lines of notation, or undefined for what is no message. */
export function briefNotation(message: Uint8Array): string[] | undefined {
  const envelope = readEnvelope(message)
  if (envelope.refused !== undefined) return undefined
  const isTagged = envelope.ok.form === 'tagged'
  const starts = elementOffsets(message, isTagged ? GRID_TAG_BYTES : 0)
  const element = (index: number): string =>
    brief(diagnose(message.subarray(starts[index], starts[index + 1])))
  const { claims, signature } = envelope.ok
  const inner = diagnose(claims, { width: 72 }).split('\n').slice(1, -1)
  return [
    isTagged ? `${GRID_TAG}([` : '[',
    `  ${element(0)},${isTagged ? '  / protocol of the envelope /' : ''}`,
    `  ${element(1)},  / protocol_cid /`,
    `  ${element(2)},  / grid_cid /`,
    `  <<{  / claims, ${bytes(claims.length)} /`,
    ...indent(
      inner.map((line) => brief(named(line))),
      2,
    ),
    '  }>>,',
    ...indent(
      brief(diagnose(signature, { embedded: true, width: 88 }))
        .replace(/^/, '<<')
        .concat('>>')
        .split('\n'),
      2,
    ),
    isTagged ? '])' : ']',
  ]
}

/** The name of a claim behind the label that begins its line. */
function named(line: string): string {
  const [, space, label, rest] = /^( {2})(-?\d+)(: .*)$/.exec(line) ?? []
  const name = label === undefined ? undefined : NAMES.get(label)
  return name === undefined ? line : `${space}/ ${name} / ${label}${rest}`
}

function brief(notation: string): string {
  return notation
    .replace(/h'([0-9a-f]+)'/g, (whole, digits: string) =>
      digits.length <= WHOLE
        ? whole
        : `h'${cut(digits, 8, 4)}'${digits.length > 128 ? ` / ${bytes(digits.length / 2)} /` : ''}`,
    )
    .replace(/\b(did:key:)?(z6Mk|zDn|b)[a-zA-Z0-9]{40,}\b/g, (whole) => cut(whole, 20, 6))
}

function cut(text: string, head: number, tail: number): string {
  return `${text.slice(0, head)}…${text.slice(-tail)}`
}
