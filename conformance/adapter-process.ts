/** An implementation under test: a process that is asked in lines of JSON on stdin and answers on stdout. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Answer, Question } from './vectors.ts'

/** The adapter is gone, silent, or says what nobody can read: no further question makes sense. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError'
}

export interface AdapterOptions {
  readonly command: string
  readonly args: readonly string[]
  /** How long one answer may take. */
  readonly timeoutMs: number
}

interface Waiting {
  readonly id: number
  readonly settle: (line: string | AdapterError) => void
}

export class AdapterProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #timeoutMs: number
  #waiting: Waiting | undefined
  #asked = 0
  #ended: AdapterError | undefined

  constructor({ command, args, timeoutMs }: AdapterOptions) {
    this.#timeoutMs = timeoutMs
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.on('error', (error) => this.#end(`cannot be started: ${error.message}`))
    this.#child.on('close', (code, signal) => this.#end(`ended with ${signal ?? `exit code ${code}`}`))
    // A write to an adapter that died is reported by its end, not by the broken pipe.
    this.#child.stdin.on('error', () => undefined)
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#heard(line))
  }

  /** @throws {AdapterError} when no answer comes, in time or at all, or it cannot be read */
  async ask(question: Question): Promise<Answer | { readonly error: string }> {
    if (this.#ended !== undefined) throw this.#ended
    this.#asked += 1
    const id = this.#asked
    const line = await this.#exchange(id, `${JSON.stringify({ id, question })}\n`)
    if (line instanceof AdapterError) throw line
    return readAnswer(line, id)
  }

  /** Ends the process, which is asked nothing any more. */
  stop(): void {
    this.#ended ??= new AdapterError('the adapter was stopped')
    this.#child.stdin.end()
    this.#child.kill()
  }

  #exchange(id: number, line: string): Promise<string | AdapterError> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#end(`did not answer question ${id} in ${this.#timeoutMs} ms`),
        this.#timeoutMs,
      )
      const settle = (answer: string | AdapterError): void => {
        clearTimeout(timer)
        this.#waiting = undefined
        resolve(answer)
      }
      this.#waiting = { id, settle }
      this.#child.stdin.write(line)
    })
  }

  #heard(line: string): void {
    if (line.trim() === '') return
    if (this.#waiting === undefined) this.#end('said something without being asked')
    else this.#waiting.settle(line)
  }

  #end(why: string): void {
    this.#ended ??= new AdapterError(`the adapter ${why}`)
    this.#waiting?.settle(this.#ended)
    this.#child.kill()
  }
}

/** @throws {AdapterError} when the line is no answer to this question */
function readAnswer(line: string, id: number): Answer | { readonly error: string } {
  const answer = parse(line)
  if (answer === undefined)
    throw new AdapterError(`the adapter wrote a line that is no JSON object: ${line.slice(0, 200)}`)
  if (answer['id'] !== id)
    throw new AdapterError(`the adapter answered question ${String(answer['id'])}, asked was ${id}`)
  if (typeof answer['error'] === 'string') return { error: answer['error'] }
  if (typeof answer['skipped'] === 'string') return { skipped: answer['skipped'] }
  if (isRefusal(answer['refused'])) return { refused: answer['refused'] }
  if ('ok' in answer) return { ok: answer['ok'] as never }
  throw new AdapterError(
    `the adapter answered with none of ok, refused, skipped, error: ${line.slice(0, 200)}`,
  )
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isRefusal(value: unknown): value is { readonly code: string } {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
}
