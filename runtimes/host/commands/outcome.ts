/** How a call ended, told to the one who made it; here the node is the caller's own, so its reasons are told too. */
import { writeFile } from 'node:fs/promises'

import { REFUSALS } from '../../../kernel/index.ts'
import { DAG_CBOR_PROFILE, decodeCbor, diagnose } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { WIDTH } from '../terminal/layout.ts'
import { textOf } from '../terminal/safe-text.ts'
import { count, bytes, instant } from '../terminal/units.ts'
import { contentReport } from './block.ts'
import { nameOf } from './named.ts'
import { promiseFacts } from './promise-facts.ts'
import { presentedLinks } from './presented.ts'
import { typesFixOf } from './types-fix.ts'
import type { Explanation, RefusalCode } from '../../../kernel/index.ts'
import type { CallResult, Exchange } from '../call/result.ts'
import type { Host } from '../interface.ts'
import type { Failure, Report } from '../terminal/report.ts'
import type { Session } from './session.ts'

export interface OutcomeFlags {
  readonly out?: string
  readonly overwrite?: true
  readonly cbor?: true
  readonly message?: string
  readonly reply?: string
}

/** @throws {HostError} USAGE for replacing what is not named */
export function checkOut({ out, overwrite }: OutcomeFlags): void {
  if (overwrite === true && out === undefined)
    throw new HostError('USAGE', '--overwrite is about what --out names', { fix: 'give both, or neither' })
}

/** A result, and what is said of it: `facts` are what is known of every call that was kept. */
export type TellKept = (
  session: Session,
  facts: object,
  kept: Kept,
  flags: OutcomeFlags,
) => Promise<Report> | Report

type Kept = Extract<CallResult, { readonly status: 'kept' }>

export async function outcomeReport(
  session: Session,
  host: Host,
  result: CallResult,
  flags: OutcomeFlags,
  tell: TellKept = resultReport,
): Promise<Report> {
  const { message } = result
  await keep(session, flags.message, message.bytes)
  await keep(session, flags.reply, message.reply)
  const facts = { status: result.status, message: messageFacts(message) }
  if (result.status === 'deferred') return deferredReport(facts, result)
  if (result.status !== 'kept') {
    const failure = await refusalOf(host, result)
    return { data: { ...facts, signed: result.signed }, text: [], failure }
  }
  const { cid, fuel, receipt } = result
  const data = {
    ...facts,
    fuel,
    ...(receipt === undefined ? {} : { receipt: Buffer.from(receipt).toString('base64') }),
    result: cid.toString(),
  }
  return tell(session, data, result, flags)
}

function resultReport(
  session: Session,
  data: object,
  { cid, fuel, bytes: content }: Kept,
  flags: OutcomeFlags,
): Promise<Report> {
  const line = `kept: ${count(fuel)} fuel, ${bytes(content.length)}, ${cid.toString()}${cborHint(content, flags)}`
  return contentReport(session, data, flags.cbor === true ? notation(content) : content, flags.out, [line])
}

/** A promise is an answer, and not yet the one that was asked for. */
function deferredReport(
  facts: object,
  { promise }: Extract<CallResult, { readonly status: 'deferred' }>,
): Report {
  const id = promise.id.toString()
  return {
    data: { ...facts, promise: promiseFacts(promise) },
    text: [`deferred: promise ${id}`, `          until ${instant(promise.expires)}`],
    failure: {
      exit: 'pending',
      code: 'PENDING',
      message: 'promised for later',
      fix: `wait for it with \`grid promise wait ${id}\``,
    },
  }
}

/** Code, link, rule and fix. A stranger is told less; the operator asks the own node. */
export async function refusalOf(
  host: Host,
  result: Exclude<CallResult, { readonly status: 'kept' }>,
): Promise<Failure> {
  const { refusal } = await host.kernel.explain(result.message.bytes)
  if (refusal !== undefined) return failureOfRefusal(host, result.message.bytes, refusal)
  const row = Object.hasOwn(REFUSALS, result.code) ? REFUSALS[result.code as RefusalCode] : undefined
  const detail = result.detail ?? row?.says ?? 'refused without a word'
  if (row === undefined) return { exit: exitOfRefusal(result.code), code: result.code, message: detail }
  // A signed refusal says the fix at its end.
  const message = detail.replace(`. Fix: ${row.fix}`, '')
  const ofTypes = result.code === 'SHAPE' ? await typesFixOf(host, result.message.bytes) : undefined
  return { exit: exitOfRefusal(result.code), code: result.code, message, fix: ofTypes ?? row.fix }
}

export async function failureOfRefusal(
  host: Host,
  message: Uint8Array,
  refusal: NonNullable<Explanation['refusal']>,
): Promise<Failure> {
  const failure = failureOf(refusal)
  return refusal.code === 'POP'
    ? { ...failure, fix: await possessionFix(host, message, refusal.fix) }
    : failure
}

export function failureOf({
  code,
  says,
  detail,
  link,
  rule,
  fix,
}: NonNullable<Explanation['refusal']>): Failure {
  return {
    exit: exitOfRefusal(code),
    code,
    message: reason(says, detail),
    fix,
    ...(link === undefined ? {} : { link }),
    ...(rule === undefined ? {} : { rule }),
  }
}

/** Who holds it, when that is somebody of this folder. */
async function possessionFix(host: Host, message: Uint8Array, fix: string): Promise<string> {
  const holder = presentedLinks(host, message).at(-1)?.holder
  if (holder === undefined || holder === 'bearer') return fix
  const name = await nameOf(host, holder)
  return name === undefined ? `${fix}: ${holder}` : `it is held by ${name}: call with --as ${name}`
}

/** What the code means and what was found, unless the finding says both. */
function reason(says: string, detail: string): string {
  const end = says.split(' ').slice(-4).join(' ')
  return detail.includes(end) ? detail : `${says}; ${detail}`
}

/** Values in CBOR are unreadable as they are. */
function cborHint(content: Uint8Array, { cbor, out }: OutcomeFlags): string {
  const isShown = cbor === true || out !== undefined || textOf(content) !== undefined
  return isShown || decodeCbor(content, DAG_CBOR_PROFILE).refused !== undefined
    ? ''
    : '; --cbor shows it as text'
}

function notation(content: Uint8Array): Uint8Array {
  return new TextEncoder().encode(`${diagnose(content, { embedded: true, width: WIDTH })}\n`)
}

function messageFacts({ id, bytes: sent, reply }: Exchange): object {
  return { id: id.toString(), bytes: sent.length, replyBytes: reply.length }
}

async function keep(session: Session, file: string | undefined, content: Uint8Array): Promise<void> {
  if (file === undefined) return
  // A message may carry a bearer token, and a result what only its caller may read.
  await writeFile(session.path(file), content, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('FILE', `${file} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
}
