/** What a program on the path says of itself. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const VERSION_MS = 10_000

export async function versionOf(path: string): Promise<string> {
  return /\d+(\.\d+)+/.exec((await said(path, ['--version'])) ?? '')?.[0] ?? 'of no known version'
}

/** Undefined where it is not here, or does not know the words. */
export async function said(path: string, words: readonly string[]): Promise<string | undefined> {
  try {
    return (await execute(path, [...words], { timeout: VERSION_MS })).stdout
  } catch {
    return undefined
  }
}
