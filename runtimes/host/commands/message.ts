/** `grid message`: what is in the bytes of a message, and whether its sender signed them. */
import {
  LIMITS,
  readEnvelope,
  readMessageClaims,
  readSignature,
  verifySignature,
} from '../../../kernel/index.ts'
import { CODEC, diagnose, hashBlock } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { columns, indent, WIDTH } from '../terminal/layout.ts'
import { claimFacts, claimRows } from '../terminal/claims.ts'
import { readInput } from '../terminal/read-input.ts'
import { briefNotation } from '../terminal/notation.ts'
import { bytes } from '../terminal/units.ts'
import { KEY_SET_MISSING, knownKeys } from './known-keys.ts'
import { withHost } from './session.ts'
import { outcomeReport } from './outcome.ts'
import type { Command } from 'commander'
import type { Envelope, MessageClaims, Refusal, Result } from '../../../kernel/index.ts'
import type { Failure, Report } from '../terminal/report.ts'
import type { OutcomeFlags } from './outcome.ts'
import type { Act, Session } from './session.ts'

export function addMessage(grid: Command, act: Act): void {
  const message = grid.command('message').description('messages as bytes: show, verify, send')
  message
    .command('show')
    .description('the verdict on the signature, decoded claims and diagnostic notation')
    .argument('<file>', 'a message or reply, or - for standard input')
    .option('--full', 'the whole notation; without it long strings are cut and tokens stay closed')
    .addHelpText('after', '\nExample:\n  grid message show question.message --full')
    .action((file: string, flags: { readonly full?: true }) =>
      act((session) => show(session, file, flags.full === true)),
    )
  message
    .command('verify')
    .description('only whether the sender signed exactly these bytes')
    .argument('<file>')
    .action((file: string) => act((session) => verify(session, file)))
  message
    .command('send')
    .description('dispatch a message as it is; the same bytes again get the same answer')
    .argument('<file>')
    .option('--out <file>', 'write the result there')
    .option('--cbor', 'show the result in diagnostic notation')
    .option('--reply <file>', 'keep the reply there')
    .action((file: string, flags: OutcomeFlags) => act((session) => send(session, file, flags)))
}

async function show(session: Session, file: string, isFull: boolean): Promise<Report> {
  const received = await readMessage(session, file)
  const verdict = await read(session, received)
  const notation = diagnose(received, { embedded: true, width: WIDTH - 4 })
  const claims = verdict.claims
  return {
    data: {
      bytes: received.length,
      notation,
      ...(verdict.id === undefined ? {} : { id: verdict.id }),
      ...(claims === undefined ? {} : { claims: claimFacts(claims) }),
      signature: verdict.refused === undefined ? 'verified' : verdict.refused,
    },
    text: [
      ...columns([
        ['signature', verdict.refused === undefined ? 'holds' : `does not hold: ${verdict.refused.detail}`],
        ['bytes', bytes(received.length)],
        ...(verdict.id === undefined ? [] : [['id', verdict.id]]),
        ...(claims === undefined ? [] : claimRows(claims)),
      ]),
      '',
      ...((isFull ? undefined : briefNotation(received)) ?? [notation]),
    ],
    ...failed(verdict.refused),
  }
}

async function verify(session: Session, file: string): Promise<Report> {
  const verdict = await read(session, await readMessage(session, file))
  if (verdict.refused !== undefined || verdict.claims === undefined)
    return { data: { verified: false }, text: [], ...failed(verdict.refused) }
  const { issuer } = verdict.claims
  return {
    data: { verified: true, id: verdict.id, issuer },
    text: [
      'verified',
      ...indent(
        columns([
          ['id', verdict.id ?? ''],
          ['signed by', issuer],
        ]),
        2,
      ),
    ],
  }
}

async function send(session: Session, file: string, flags: OutcomeFlags): Promise<Report> {
  const received = await readMessage(session, file)
  return withHost(session, async (host) => {
    const result = await session.terminal.progress('waiting for the reply', () => host.send(received))
    return outcomeReport(session, host, result, flags)
  })
}

function readMessage(session: Session, file: string): Promise<Uint8Array> {
  return readInput(session.path(file), { bytesMax: LIMITS.messageBytes, as: 'a message' })
}

/** As far as the bytes can be read, and the first thing that is wrong with them. */
interface Verdict {
  readonly id?: string
  readonly claims?: MessageClaims
  readonly refused?: Refusal
}

async function read(session: Session, received: Uint8Array): Promise<Verdict> {
  const envelope = readEnvelope(received)
  if (envelope.refused !== undefined) return { refused: envelope.refused }
  const id = hashBlock(nodeCrypto.sha256, CODEC.raw, envelope.ok.signedPayload).toString()
  const claims = readMessageClaims(envelope.ok.claims)
  if (claims.refused !== undefined) return { id, refused: claims.refused }
  const verified = await verifySigned(session, envelope.ok, claims.ok)
  return { id, claims: claims.ok, ...(verified.refused === undefined ? {} : { refused: verified.refused }) }
}

async function verifySigned(
  session: Session,
  envelope: Envelope,
  { issuer }: MessageClaims,
): Promise<Result<true>> {
  const known = knownKeys(session)
  await known.learnKeySet(issuer)
  const key = known.keys.lookUp(issuer)
  if (key.refused !== undefined) return key
  const signature = readSignature(envelope.signature, { detached: true })
  return signature.refused === undefined
    ? verifySignature(nodeCrypto, signature.ok, envelope.signedPayload, key.ok)
    : signature
}

function failed(refused: Refusal | undefined): { readonly failure?: Failure } {
  if (refused === undefined) return {}
  const { code, detail } = refused
  const fix = code === 'MISSING' ? { fix: KEY_SET_MISSING } : {}
  return { failure: { exit: exitOfRefusal(code), code, message: detail, ...fix } }
}
