/**
 * Code that is admitted and rewritten already, kept where it outlives this process: a first call then only compiles.
 * What engines make of a module they do not hand out, so no compiled code is ever kept.
 *
 *     name = CID of the code "." pages "." REWRITER_VERSION "." FUEL_TABLE_VERSION
 *            ["." COMPONENT_VERSION] ["." SHA-256 of the policy] [".unjudged"]
 *
 * `unjudged`: no engine has looked at the code yet.
 */
import { CODEC, encodeDagCbor, hashBlock, nobleCrypto } from '../../promisebase/index.ts'
import { COMPONENT_VERSION } from './component/bounds.ts'
import { FUEL_TABLE_VERSION } from './rewriter/fuel.ts'
import { REWRITER_VERSION } from './rewriter/rewrite.ts'
import type { Descriptor } from '../../kernel/index.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { Entry, Settings } from './settings.ts'

/**
 * Where entries are kept. What `get` gives is run without being admitted again: it must be what `put` was given
 * under this very name, or nothing. A shelf in a place where others may write has to see to that itself.
 */
export interface ModuleShelf {
  get(name: string): Promise<Uint8Array | undefined>
  put(name: string, entry: Uint8Array): Promise<void>
}

/** A program is a component as well as a module. */
const MAY_BE_COMPONENTS: readonly Entry[] = ['component', 'program']

export function shelfName(
  { code, pagesMax, entry }: Settings,
  admission: AdmissionPolicy | undefined,
): string {
  const versions = [
    REWRITER_VERSION,
    FUEL_TABLE_VERSION,
    ...(MAY_BE_COMPONENTS.includes(entry) ? [COMPONENT_VERSION] : []),
  ]
  const name = [code, pagesMax, ...versions].join('.')
  return admission === undefined ? name : `${name}.${digestOf(admission)}`
}

/** Under which code is kept that no engine has accepted yet: whoever takes it has to ask one. */
function unjudgedName(name: string): string {
  return `${name}.unjudged`
}

/** What was admitted by another policy was not by this one. */
function digestOf(admission: AdmissionPolicy): string {
  const digest = nobleCrypto.sha256(encodeDagCbor({ ...admission }))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The kernel hands over what its store has verified; who admits code may hand over any. */
export function isCodeOf(code: Uint8Array, { code: named }: Descriptor): boolean {
  return hashBlock(nobleCrypto.sha256, CODEC.raw, code).equals(named)
}

/** A shelf that cannot fail, and is as good as none where there is none: it costs time, and no call is refused for it. */
export class Shelving {
  readonly #shelf: ModuleShelf | undefined
  readonly #admission: AdmissionPolicy | undefined
  /** What is being put there: nobody waits for it but who closes. */
  readonly #putting = new Set<Promise<void>>()

  constructor(shelf: ModuleShelf | undefined, admission: AdmissionPolicy | undefined) {
    this.#shelf = shelf
    this.#admission = admission
  }

  get isThere(): boolean {
    return this.#shelf !== undefined
  }

  async get(settings: Settings): Promise<Uint8Array | undefined> {
    return this.#get(shelfName(settings, this.#admission))
  }

  /** Also where no engine has looked at the code. */
  async getUnjudged(settings: Settings): Promise<Uint8Array | undefined> {
    const name = shelfName(settings, this.#admission)
    return (await this.#get(name)) ?? this.#get(unjudgedName(name))
  }

  put(settings: Settings, entry: Uint8Array): void {
    this.#put(shelfName(settings, this.#admission), entry)
  }

  putUnjudged(settings: Settings, entry: Uint8Array): void {
    this.#put(unjudgedName(shelfName(settings, this.#admission)), entry)
  }

  async close(): Promise<void> {
    await Promise.all(this.#putting)
  }

  async #get(name: string): Promise<Uint8Array | undefined> {
    return this.#shelf?.get(name).catch(() => undefined)
  }

  #put(name: string, entry: Uint8Array): void {
    const put = this.#shelf?.put(name, entry).catch(() => undefined)
    if (put === undefined) return
    this.#putting.add(put)
    void put.then(() => this.#putting.delete(put))
  }
}
