/** The files of a handler in the making that say something of it, in JSON. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { HostError } from '../host-error.ts'

/** What is in a file of the folder; undefined for what is no JSON. @throws {HostError} MISSING without the file */
export async function readJsonFile(folder: string, name: string, fix?: string): Promise<unknown> {
  const text = await readFile(join(folder, name), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new HostError('MISSING', `there is no ${name} in ${folder}: ${cause.code ?? cause.message}`, {
      cause,
      ...(fix !== undefined && { fix }),
    })
  })
  return parsed(text)
}

/** @returns undefined for what is no map */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? (value as Readonly<Record<string, unknown>>) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
