/** A handler in the making: a folder with the source, and `handler.json`, which says what it will be. */
import { join } from 'node:path'

import { HANDLER_NAME } from '../deploy.ts'
import { HostError } from '../host-error.ts'
import { readNamed } from '../terminal/read-input.ts'
import { checkOffered, TYPES_FILE, typesInJson } from '../types/types-file.ts'
import { mapOf, readJsonFile } from './json-file.ts'
import { isLanguage, LANGUAGE_NAMES } from './language-names.ts'
import type { HandlerTypes } from '../../../kernel/index.ts'
import type { DeployOptions } from '../deploy.ts'
import type { LanguageName } from './language-names.ts'

export const DESCRIPTION = 'handler.json'

export interface Project {
  readonly folder: string
  readonly language: LanguageName
  /** Where the module is built to. */
  readonly code: string
  /** What it is deployed with. */
  readonly options: Omit<DeployOptions, 'types'> & {
    readonly name: string
    readonly methods: readonly string[]
    readonly types?: HandlerTypes
  }
}

const FIELDS = ['name', 'language', 'entry', 'methods', 'pure', 'public', 'imports', 'limits', 'types']
const ENTRIES: readonly string[] = ['reactor', 'command', 'component', 'program']
const LIMITS = ['fuel', 'memoryBytes', 'outputBytes', 'wallMs']

/** @throws {HostError} MISSING without a description, FILE for one that cannot be taken */
export async function readProject(folder: string): Promise<Project> {
  const fields = await readDescription(folder)
  const wrong = (field: string, wanted: string): HostError =>
    new HostError('FILE', `"${field}" of ${DESCRIPTION} is not ${wanted}`)
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field))
  if (unknown !== undefined)
    throw new HostError('FILE', `${DESCRIPTION} has an unknown field ${JSON.stringify(unknown)}`, {
      fix: `it may have ${FIELDS.join(', ')}`,
    })
  const { name, language, entry = 'reactor', methods, pure = true, imports = [], limits = {} } = fields
  if (typeof name !== 'string' || !HANDLER_NAME.test(name)) throw wrong('name', 'the name of a handler')
  if (!isLanguage(language)) throw wrong('language', `one of ${LANGUAGE_NAMES.join(', ')}`)
  if (typeof entry !== 'string' || !ENTRIES.includes(entry)) throw wrong('entry', ENTRIES.join(', '))
  if (!isTexts(methods) || methods.length === 0) throw wrong('methods', 'a list of names')
  if (typeof pure !== 'boolean') throw wrong('pure', 'true or false')
  if (!isTexts(imports)) throw wrong('imports', 'a list of names')
  if (!isLimits(limits)) throw wrong('limits', `a map of whole numbers, of ${LIMITS.join(', ')}`)
  const isPublic = fields['public'] ?? false
  if (typeof isPublic !== 'boolean') throw wrong('public', 'true or false')
  const { types } = fields
  if (types !== undefined && typeof types !== 'string') throw wrong('types', 'the name of a file')
  const stated = types === undefined ? undefined : await typesIn(folder, types, methods)
  return {
    folder,
    language,
    code: join(folder, `${name}.wasm`),
    options: {
      name,
      entry,
      methods,
      pure,
      public: isPublic,
      imports,
      limits,
      ...(stated && { types: stated }),
    },
  }
}

async function typesIn(folder: string, file: string, methods: readonly string[]): Promise<HandlerTypes> {
  const path = join(folder, file)
  return checkOffered(typesInJson(await readNamed(path, TYPES_FILE), path), methods, path)
}

async function readDescription(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const fix = 'begin a handler with `grid handler init`, or go to the folder of one'
  const fields = mapOf(await readJsonFile(folder, DESCRIPTION, fix))
  if (fields === undefined) throw new HostError('FILE', `${join(folder, DESCRIPTION)} is not a map in JSON`)
  return fields
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
}

function isLimits(value: unknown): value is DeployOptions['limits'] & object {
  const limits = mapOf(value)
  if (limits === undefined) return false
  return Object.entries(limits).every(
    ([name, amount]) => LIMITS.includes(name) && Number.isSafeInteger(amount) && Number(amount) >= 0,
  )
}
