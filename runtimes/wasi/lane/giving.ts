/**
 * What lanes are given of the code they run. A thread is its host: it takes from the shelf, and what it puts there is
 * believed. A process is not: it is given what the host itself has judged and rewritten, and nothing else, and what it
 * says of code is believed by nobody.
 */
import { isComponentCode } from '../prepared-code.ts'
import { memoryBytesOf, readSettings } from '../settings.ts'
import { isCodeOf, Shelving } from '../shelf.ts'
import { isOfComponent } from '../shelf-entry.ts'
import type { Descriptor, Result, RuntimeCall } from '../../../kernel/index.ts'
import type { AdmissionPolicy } from '../admission.ts'
import type { Settings } from '../settings.ts'
import type { ModuleShelf } from '../shelf.ts'
import type { Given } from './job.ts'

export interface Giving {
  /** For a lane that needs the code of a call. */
  give(call: RuntimeCall): Promise<Result<Given>>
  /** Before a lane is given code to admit. */
  judge?(code: Uint8Array, descriptor: Descriptor): Promise<Result<unknown>>
  /** What a lane made of the code of a descriptor; those without it may not say so. */
  keep?(descriptor: Descriptor, entry: Uint8Array): void
}

/** The code, and no more. */
export const giveCode: Giving = { give: async (call) => ({ ok: { code: await call.loadCode() } }) }

type SettingsOf = (descriptor: Descriptor) => Result<Settings>

/** Judges and rewrites, where no code has run that could speak for it. */
type Rewrite = (code: Uint8Array, descriptor: Descriptor) => Promise<Result<Uint8Array>>

export interface GivingOptions {
  readonly memoryBytes: number | undefined
  readonly admission: AdmissionPolicy | undefined
  readonly shelf: ModuleShelf | undefined
}

/** For both kinds of lanes of one host; undefined where lanes are given the code, and do the rest. */
export function laneGiving(
  { memoryBytes, admission, shelf }: GivingOptions,
  rewrite: Rewrite,
): { readonly thread: Giving | undefined; readonly process: Giving | undefined; readonly shelf: Shelving } {
  const shelving = new Shelving(shelf, admission)
  const settingsOf: SettingsOf = (descriptor) => readSettings(descriptor, memoryBytesOf(memoryBytes))
  const process = new ProcessGiving(shelving, settingsOf, rewrite)
  return {
    thread: shelving.isThere ? new ThreadGiving(shelving, settingsOf) : undefined,
    process: shelving.isThere || admission !== undefined ? process : undefined,
    shelf: shelving,
  }
}

class ThreadGiving implements Giving {
  readonly #shelf: Shelving
  readonly #settingsOf: SettingsOf

  constructor(shelf: Shelving, settingsOf: SettingsOf) {
    this.#shelf = shelf
    this.#settingsOf = settingsOf
  }

  async give(call: RuntimeCall): Promise<Result<Given>> {
    const settings = this.#settingsOf(call.descriptor)
    if (settings.refused !== undefined) return settings
    const entry = await this.#shelf.get(settings.ok)
    if (entry === undefined) return giveCode.give(call)
    // How the modules of a component go together stands in its code alone.
    return { ok: isOfComponent(entry) ? { code: await call.loadCode(), entry } : { entry } }
  }

  keep(descriptor: Descriptor, entry: Uint8Array): void {
    const settings = this.#settingsOf(descriptor)
    if (settings.ok !== undefined) this.#shelf.put(settings.ok, entry)
  }
}

class ProcessGiving implements Giving {
  readonly #shelf: Shelving
  readonly #settingsOf: SettingsOf
  readonly #rewrite: Rewrite

  constructor(shelf: Shelving, settingsOf: SettingsOf, rewrite: Rewrite) {
    this.#shelf = shelf
    this.#settingsOf = settingsOf
    this.#rewrite = rewrite
  }

  async give(call: RuntimeCall): Promise<Result<Given>> {
    const { descriptor } = call
    const settings = this.#settingsOf(descriptor)
    if (settings.refused !== undefined) return settings
    const code = await call.loadCode()
    // Of a component the engine looks at each module whenever it compiles one: there is nothing to be judged before.
    const isUnjudged = !isComponentCode(code)
    const known = await (isUnjudged ? this.#shelf.getUnjudged(settings.ok) : this.#shelf.get(settings.ok))
    if (known !== undefined) return { ok: { code, entry: known, isUnjudged } }
    const made = await this.#made(code, descriptor, settings.ok)
    return made.refused === undefined ? { ok: { code, entry: made.ok, isUnjudged } } : made
  }

  async judge(code: Uint8Array, descriptor: Descriptor): Promise<Result<unknown>> {
    const settings = this.#settingsOf(descriptor)
    if (settings.refused !== undefined) return settings
    // What is kept goes by the name of the code, which this may not be that of.
    return isCodeOf(code, descriptor)
      ? this.#made(code, descriptor, settings.ok)
      : this.#rewrite(code, descriptor)
  }

  async #made(code: Uint8Array, descriptor: Descriptor, settings: Settings): Promise<Result<Uint8Array>> {
    const made = await this.#rewrite(code, descriptor)
    if (made.refused !== undefined) return made
    if (isComponentCode(code)) this.#shelf.put(settings, made.ok)
    else this.#shelf.putUnjudged(settings, made.ok)
    return made
  }
}
