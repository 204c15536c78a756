/**
 * What a command hands back, and how it gets out: text for people, one JSON document for programs, the exit
 * code for both. A command never writes or exits by itself.
 */
import { StoreError } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { EXIT, exitOfHost, exitOfStore } from './exit-code.ts'
import { safeLine } from './safe-text.ts'
import type { Exit } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export interface Report {
  /** The same as `text`, for programs. */
  readonly data: object
  readonly text: readonly string[]
  /** Content for stdout, as it is; `text` then goes to stderr. */
  readonly content?: Uint8Array
  /** Content for stderr, as it is, before any line of ours. */
  readonly errors?: Uint8Array
  /** Somebody has asked for the bytes of `content` on a screen too. */
  readonly isRaw?: boolean
  /** Why it did not succeed. */
  readonly failure?: Failure
  /** What to end with where nothing failed: the exit code of a program that has run. */
  readonly exitCode?: number
}

/** A failure a program can act on: `code` is for ever, `message` is for people. */
export interface Failure {
  readonly exit: Exit
  readonly code: string
  readonly message: string
  readonly fix?: string
  readonly link?: number
  readonly rule?: string
}

/** Writes a report and returns the exit code. */
export function deliver(terminal: Terminal, report: Report): number {
  const exit = report.failure === undefined ? (report.exitCode ?? EXIT.done[0]) : EXIT[report.failure.exit][0]
  if (terminal.json) {
    const { failure, data } = report
    const result = failure === undefined || Object.keys(data).length > 0 ? { result: data } : {}
    const document =
      failure === undefined ? { ok: true, ...result } : { ok: false, error: failure, ...result }
    terminal.out(JSON.stringify(document, null, 2))
    return exit
  }
  if (report.errors !== undefined) terminal.errors(report.errors)
  const tell = report.content === undefined ? terminal.out : terminal.err
  for (const line of report.text) tell(line)
  const send = report.isRaw === true ? terminal.bytes : terminal.content
  if (report.content !== undefined) send(report.content)
  if (report.failure !== undefined) for (const line of failureLines(report.failure)) terminal.err(line)
  return exit
}

/** What an exception means to the user; anything unknown is a fault of ours. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof HostError)
    return {
      exit: exitOfHost(error.code),
      code: error.code,
      message,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    }
  if (error instanceof StoreError)
    return { exit: exitOfStore(error.code), code: error.code, message, ...storeFix(error) }
  return {
    exit: 'fault',
    code: 'INTERNAL',
    message,
    fix: 'run it again with --debug and report what it shows',
  }
}

function storeFix(error: StoreError): { readonly fix?: string } {
  if (error.code === 'LOCKED')
    return { fix: 'wait longer with --wait 60s, end the other process, or name another folder with --data' }
  if (error.code === 'FULL') return { fix: 'make room on the disk and run it again' }
  if (error.code === 'CORRUPT')
    return { fix: 'restore the folder from a copy, or name another one with --data' }
  return {}
}

/** One line for what went wrong and one for what helps, so that scripts and logs keep them whole. */
function failureLines({ code, message, link, rule, fix }: Failure): string[] {
  const where = [...(link === undefined ? [] : [`link ${link}`]), ...(rule === undefined ? [] : [rule])]
  const at = where.length === 0 ? '' : ` at ${where.join(', ')}`
  const lines = [`grid: ${code}${at}: ${message}`, ...(fix === undefined ? [] : [`fix: ${fix}`])]
  return lines.map(safeLine)
}
