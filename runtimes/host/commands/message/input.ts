/** Bytes of signed things as users have them: in a file, on standard input, or written out in hex or base64. */
import { LIMITS } from '../../../../kernel/index.ts'
import { HostError } from '../../host-error.ts'
import { NAMED_MAX } from '../../inspect/cose.ts'
import { VIEW_NAMES } from '../../inspect/foreign.ts'
import { inspect } from '../../inspect/inspect.ts'
import { readHandout } from '../../keys/handout.ts'
import { nodePowers } from '../../powers/clock.ts'
import { readInput } from '../../terminal/read-input.ts'
import { KEY_SET_MISSING, knownKeys, principalsHere } from '../known/keys.ts'
import type { KeyRing, PrincipalKeys, Result } from '../../../../kernel/index.ts'
import type { Reading } from '../../inspect/inspect.ts'
import type { Item } from '../../inspect/item.ts'
import type { Session } from '../session.ts'

/** Written out, bytes are at most three times as long. */
const TEXT_MAX = 3 * LIMITS.messageBytes
const HEX = /^(?:[0-9a-f]{2})+$/i
const BASE64 = /^[-_+/0-9a-z]{4,}={0,2}$/i
const WRITTEN = /^(hex|base64):(.*)$/s

export interface ReadingFlags {
  readonly view?: string
  readonly key?: readonly string[]
}

/** @throws {HostError} FILE, MISSING or USAGE */
export async function readBytes(session: Session, written: string): Promise<Uint8Array> {
  const [, encoding, text] = WRITTEN.exec(written) ?? []
  if (encoding !== undefined && text !== undefined) return checked(fromText(encoding, text), written)
  const content = await readInput(session.terminal, session.path(written), {
    bytesMax: TEXT_MAX,
    as: 'a message in hex or base64',
  })
  return checked(decoded(content), written)
}

function checked(bytes: Uint8Array, written: string): Uint8Array {
  if (bytes.length <= LIMITS.messageBytes) return bytes
  throw new HostError(
    'FILE',
    `${written.slice(0, 40)} is too large: a message has at most ${LIMITS.messageBytes} bytes`,
  )
}

function fromText(encoding: string, text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '')
  if (!(encoding === 'hex' ? HEX : BASE64).test(digits))
    throw new HostError('USAGE', `what follows ${encoding}: is not ${encoding}`)
  return bytesOf(encoding === 'hex' ? 'hex' : 'base64', digits)
}

/**
 * No signed thing begins like a letter, so text is told from it by its first byte.
 * @throws {HostError} FILE for a handout of several statements
 */
function decoded(content: Uint8Array): Uint8Array {
  if ((content[0] ?? 0x80) >= 0x80) return content
  const text = new TextDecoder('latin1').decode(content).trim()
  const statements = readHandout(text)?.statements
  if (statements !== undefined) return onlyStatement(statements)
  const [, token] = /^(?:#.*\n)*grid-capability:([-_0-9a-z]+)$/i.exec(text) ?? []
  const digits = token ?? text.replace(/\s+/g, '')
  const written = token === undefined && HEX.test(digits) ? 'hex' : BASE64.test(digits) ? 'base64' : undefined
  const bytes = written === undefined ? content : bytesOf(written, digits)
  return (bytes[0] ?? 0) >= 0x80 ? bytes : content
}

function onlyStatement(statements: readonly Uint8Array[]): Uint8Array {
  const [only, another] = statements
  if (only !== undefined && another === undefined) return only
  throw new HostError('FILE', `it has ${only === undefined ? 'no' : 'several'} key statements`, {
    fix: 'give one of its lines as base64:TEXT, without what stands in front of the text',
  })
}

function bytesOf(encoding: 'hex' | 'base64', digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, encoding))
}

/** What the bytes are; a key set that its signer needs is looked for in the data folder. @throws {HostError} USAGE */
export async function inspectBytes(
  session: Session,
  bytes: Uint8Array,
  flags: ReadingFlags,
): Promise<Result<Item>> {
  const { keys, learnKeySet } = knownKeys(session)
  for (const principal of flags.key ?? []) await learnKeySet(principal)
  const reading = readingOf(keys, flags)
  const read = inspect(bytes, reading)
  const verdict = read.ok?.verdict
  if (verdict?.signature === 'broken' && verdict.refused.missing !== undefined) {
    for (const principal of verdict.refused.missing) await learnKeySet(principal)
    return inspect(bytes, reading)
  }
  // Whose a key is that only an identifier names, the identities here may know.
  const isUnnamed = verdict?.signature === 'open' && flags.key === undefined
  return isUnnamed && (read.ok?.kind === 'cose' || read.ok?.kind === 'policy')
    ? inspect(bytes, { ...reading, known: await principalsHere(session) })
    : read
}

/** What a reader is told besides the bytes. @throws {HostError} USAGE */
function readingOf(keys: KeyRing, { view, key }: ReadingFlags): Reading {
  if (view !== undefined && !VIEW_NAMES.includes(view))
    throw new HostError('USAGE', `there is no view ${JSON.stringify(view)}`, {
      fix: `name one of: ${VIEW_NAMES.join(', ')}`,
    })
  const now = Math.floor(nodePowers().clock() / 1_000)
  return {
    keys,
    now,
    ...(view === undefined ? {} : { view }),
    ...(key === undefined ? {} : signersNamed(keys, key, view)),
  }
}

/** A view takes one key; a COSE_Sign may have been signed by several. */
function signersNamed(
  keys: KeyRing,
  principals: readonly string[],
  view: string | undefined,
): Pick<Reading, 'key' | 'named'> {
  const named = principals.map((principal) => keysNamed(keys, principal))
  const all = named.flatMap((each) => each.keys)
  const [only] = all
  if (all.length > NAMED_MAX) throw new HostError('USAGE', `--key: name at most ${NAMED_MAX} keys`)
  if (view !== undefined && all.length !== 1)
    throw new HostError('USAGE', '--key: name a single key for a view')
  return { named, ...(only && { key: only.publicKey }) }
}

function keysNamed(keys: KeyRing, principal: string): PrincipalKeys {
  const { ok, refused } = keys.read(principal)
  if (refused === undefined) return ok
  throw new HostError(
    refused.code === 'MISSING' ? 'MISSING' : 'USAGE',
    `--key: ${refused.detail}`,
    refused.code === 'MISSING' ? { fix: KEY_SET_MISSING } : {},
  )
}
