/** Feeds the vectors to any implementation over stdio: what `run.ts` does, in a process that has loaded it already. */
import { parseArgs } from 'node:util'

import { AdapterError, AdapterProcess } from './adapter-process.ts'
import { judge } from './judge.ts'
import { questionOf, readVectors } from './vectors.ts'
import type { AdapterOptions } from './adapter-process.ts'
import type { Vector, VectorFile } from './vectors.ts'

const USAGE = 'usage: run [--chapter NAME] [--timeout MS] -- COMMAND ARGS…'
const TIMEOUT_MS = 10_000

interface Tally {
  passed: number
  failed: number
  skipped: number
}

interface Wanted extends AdapterOptions {
  readonly files: readonly VectorFile[]
}

/** What it says, line by line: a console. */
export interface Says {
  log(line: string): void
  error(line: string): void
}

/** 0 when nothing failed, 1 when something did, 2 when it was called in a wrong way. */
export async function runVectors(words: readonly string[], says: Says): Promise<number> {
  const wanted = readArguments(words)
  if (typeof wanted !== 'string') return run(wanted, says)
  says.error(`${wanted}\n${USAGE}`)
  return 2
}

async function run({ files, ...options }: Wanted, says: Says): Promise<number> {
  const adapter = new AdapterProcess(options)
  const sum: Tally = { passed: 0, failed: 0, skipped: 0 }
  try {
    for (const [chapter, vectors] of byChapter(files)) {
      const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
      for (const vector of vectors) await tryOne(adapter, chapter, vector, tally, says)
      says.log(`${chapter.padEnd(12)} ${lineOf(tally)}`)
      for (const name of ['passed', 'failed', 'skipped'] as const) sum[name] += tally[name]
    }
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error
    says.error(error.message)
    sum.failed += 1
  } finally {
    adapter.stop()
  }
  says.log(lineOf(sum))
  return sum.failed === 0 && sum.passed > 0 ? 0 : 1
}

/** @throws {AdapterError} with the vector in its message */
async function tryOne(
  adapter: AdapterProcess,
  chapter: string,
  vector: Vector,
  tally: Tally,
  says: Says,
): Promise<void> {
  const answer = await adapter.ask(questionOf(vector)).catch((error: unknown) => {
    if (!(error instanceof AdapterError)) throw error
    throw new AdapterError(`${error.message}\n  at ${chapter}: ${vector.comment}`)
  })
  const problem = 'error' in answer ? answer.error : judge(vector, answer)
  if (problem !== undefined) {
    tally.failed += 1
    says.log(`FAIL ${chapter}: ${vector.comment}\n  ${problem}`)
  } else if ('skipped' in answer) {
    tally.skipped += 1
    says.log(`SKIP ${chapter}: ${vector.comment}\n  ${answer.skipped}`)
  } else {
    tally.passed += 1
  }
}

function byChapter(files: readonly VectorFile[]): Map<string, Vector[]> {
  const chapters = new Map<string, Vector[]>()
  for (const { chapter, vectors } of files)
    chapters.set(chapter, [...(chapters.get(chapter) ?? []), ...vectors])
  return chapters
}

function lineOf({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** What was asked for, or what is wrong with how it was asked. */
function readArguments(args: readonly string[]): Wanted | string {
  const end = args.indexOf('--')
  const [command, ...commandArgs] = end < 0 ? [] : args.slice(end + 1)
  if (command === undefined) return 'no command after --'
  const options = readOptions(args.slice(0, end))
  if (typeof options === 'string') return options
  const files = readVectors().filter(
    ({ chapter }) => options.chapter === undefined || chapter === options.chapter,
  )
  if (files.length === 0) return `no chapter ${JSON.stringify(options.chapter)}`
  return { command, args: commandArgs, timeoutMs: options.timeoutMs, files }
}

function readOptions(
  args: readonly string[],
): { readonly chapter?: string; readonly timeoutMs: number } | string {
  try {
    const options = { chapter: { type: 'string' }, timeout: { type: 'string' } } as const
    const { chapter, timeout } = parseArgs({ args: [...args], options }).values
    const timeoutMs = timeout === undefined ? TIMEOUT_MS : Number(timeout)
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) return '--timeout is a number of milliseconds'
    return { timeoutMs, ...(chapter === undefined ? {} : { chapter }) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
