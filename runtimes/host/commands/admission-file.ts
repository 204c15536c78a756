/**
 * What a node admits of code in WebAssembly, less than the rules allow, as its operator states it: a file of JSON with the
 * fields of spec/handler-abi.md, "Admission", which `--admission` names or which lies in the data folder.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { mapOf } from '../author/json-file.ts'
import { HostError } from '../host-error.ts'
import { readNamed } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import type { AdmissionPolicy } from '../../wasi/index.ts'

const NAME = 'admission.json'
const RULE = { bytesMax: 64 * 1024, as: 'a policy of admission' }
const FIELDS: Readonly<Record<keyof AdmissionPolicy, (value: unknown) => boolean>> = {
  atMost: (value) => mapOf(value) !== undefined,
  features: isTexts,
  imports: isTexts,
}

/** Where it is stated. */
interface Stated {
  readonly data: string
  readonly admissionFile: string | undefined
}

/**
 * Undefined where nothing is stated. @throws {HostError} MISSING for a file that is not here, FILE for one that is no
 * policy
 */
export async function admissionOf({ data, admissionFile }: Stated): Promise<AdmissionPolicy | undefined> {
  const ofFolder = join(data, NAME)
  const path = admissionFile ?? (existsSync(ofFolder) ? ofFolder : undefined)
  if (path === undefined) return undefined
  return checked(policyIn(await readNamed(path, RULE), path), path)
}

function policyIn(content: Uint8Array, path: string): AdmissionPolicy {
  const fields = mapOf(parsed(textOf(content)))
  if (fields === undefined) throw wrong(path, 'it is no map in JSON')
  for (const [name, value] of Object.entries(fields)) {
    if (!isField(name)) throw wrong(path, `it has an unknown field ${JSON.stringify(name)}`)
    if (!FIELDS[name](value)) throw wrong(path, `"${name}" is of another kind`)
  }
  return fields as AdmissionPolicy
}

async function checked(policy: AdmissionPolicy, path: string): Promise<AdmissionPolicy> {
  const { checkPolicy } = await import('../../wasi/index.ts')
  try {
    checkPolicy(policy)
    return policy
  } catch (error) {
    throw wrong(path, error instanceof Error ? error.message : String(error))
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function isField(name: string): name is keyof AdmissionPolicy {
  return Object.hasOwn(FIELDS, name)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function wrong(path: string, why: string): HostError {
  return new HostError('FILE', `${path} is no policy of admission: ${why}`, {
    fix: 'see spec/handler-abi.md: { "atMost": { "functions": 2000 }, "features": ["bulk-memory"], "imports": [] }',
  })
}
