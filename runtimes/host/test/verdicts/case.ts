/**
 * One row of the verdict table: what is asked, what every provider must answer, and what one answered. Runs in
 * node and in browsers alike, so nothing here may reach for either.
 */
import type { AgreementProvider, CipherProvider, CryptoProvider } from '../../../../promisebase/index.ts'

export interface Case {
  readonly name: string
  /** `yes`, `no`, `throws`, or the hex of bytes. */
  readonly expected: string
  readonly answer: (providers: Providers) => boolean | Uint8Array | undefined
}

export interface Providers {
  readonly crypto: CryptoProvider
  readonly agreement: AgreementProvider
  readonly cipher: CipherProvider
}

/** The parsed JSON, or the text, of a file of a vector set; undefined when the set is not here. */
export type ReadVectors = (set: string, file: string) => unknown

/** What a provider answers, in a word. */
export function answerOf({ answer }: Case, providers: Providers): string {
  try {
    const given = answer(providers)
    if (given instanceof Uint8Array) return hex(given)
    return given === true ? 'yes' : 'no'
  } catch (error) {
    return error instanceof TypeError || error instanceof RangeError ? 'throws' : `broken: ${String(error)}`
  }
}

export function yes(accepted: boolean): string {
  return accepted ? 'yes' : 'no'
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function join(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))
}

/** The groups of a Wycheproof or ACVP file, empty where it is not here. */
export function groupsOf<Group>(read: ReadVectors, set: string, file: string): readonly Group[] {
  return (read(set, file) as { testGroups: Group[] } | undefined)?.testGroups ?? []
}
