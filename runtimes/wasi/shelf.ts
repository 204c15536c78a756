/**
 * Modules that are admitted and rewritten already, kept where they outlive this process: a first call then only
 * compiles. What engines make of a module they do not hand out, so no compiled code is ever kept.
 *
 *     entry = DAG-CBOR { code, imports, exports: [[name, signature]], memory: [min, max], instanceFuel, hasStart }
 *     name  = CID of the code "." pages "." REWRITER_VERSION "." FUEL_TABLE_VERSION ["." SHA-256 of the policy]
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor, nobleCrypto } from '../../promisebase/index.ts'
import { prepareComponent } from './component/prepare-component.ts'
import { admit, compile } from './prepare.ts'
import { isComponentCode } from './prepared-code.ts'
import { FUEL_TABLE_VERSION } from './rewriter/fuel.ts'
import { REWRITER_VERSION } from './rewriter/rewrite.ts'
import type { Result } from '../../kernel/index.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { AdmissionPolicy } from './admission.ts'
import type { PreparedCode } from './prepared-code.ts'
import type { Rewritten } from './rewriter/rewrite.ts'
import type { Settings } from './settings.ts'

/**
 * Where entries are kept. What `get` gives is run without being admitted again: it must be what `put` was given
 * under this very name, or nothing. A shelf in a place where others may write has to see to that itself.
 */
export interface ModuleShelf {
  get(name: string): Promise<Uint8Array | undefined>
  put(name: string, entry: Uint8Array): Promise<void>
}

/** The module of this code, from the shelf or by {@link admit}; what is admitted is handed to `keep`. */
export async function prepareFrom(
  shelf: ModuleShelf,
  settings: Settings,
  loadCode: () => Promise<Uint8Array>,
  keep: (name: string, entry: Uint8Array) => void,
  admission?: AdmissionPolicy,
): Promise<Result<PreparedCode>> {
  const kept = readEntry(await shelf.get(nameOf(settings, admission)).catch(() => undefined))
  const ready = kept && (await compile(kept))
  if (ready?.ok !== undefined) return ready
  const code = await loadCode()
  // Components are not kept: what is made of them is more than one module.
  if (isComponentCode(code)) return prepareComponent(code, settings.pagesMax, admission)
  const admitted = await admit(code, settings.pagesMax, admission)
  if (admitted.refused !== undefined) return admitted
  const compiled = await compile(admitted.ok)
  if (compiled.ok !== undefined) keep(...entryOf(settings, admitted.ok, admission))
  return compiled
}

function nameOf({ code, pagesMax }: Settings, admission: AdmissionPolicy | undefined): string {
  const name = `${code}.${pagesMax}.${REWRITER_VERSION}.${FUEL_TABLE_VERSION}`
  return admission === undefined ? name : `${name}.${digestOf(admission)}`
}

/** What was admitted by another policy was not by this one. */
function digestOf(admission: AdmissionPolicy): string {
  const digest = nobleCrypto.sha256(encodeDagCbor({ ...admission }))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What to put on a shelf for a module that was admitted with these settings. */
export function entryOf(
  settings: Settings,
  { bytes, imports, exports, memory, instanceFuel, hasStart }: Rewritten,
  admission?: AdmissionPolicy,
): [name: string, entry: Uint8Array] {
  const entry = encodeDagCbor({
    code: bytes,
    imports,
    exports: [...exports],
    memory: [memory.min, memory.max],
    instanceFuel,
    hasStart,
  })
  return [nameOf(settings, admission), entry]
}

/** Undefined for what another version may have written: the code is then admitted as if there were nothing. */
function readEntry(entry: Uint8Array | undefined): Rewritten | undefined {
  const decoded = entry && decodeCbor(entry, DAG_CBOR_PROFILE).ok
  if (!(decoded instanceof Map)) return undefined
  const [code, imports, exports, memory, instanceFuel, hasStart] = FIELDS.map((name) => decoded.get(name))
  if (!(code instanceof Uint8Array) || typeof instanceFuel !== 'number' || typeof hasStart !== 'boolean')
    return undefined
  if (!isList(imports, isText) || !isList(exports, isSignature) || !isList(memory, isCount)) return undefined
  const [min, max] = memory
  if (min === undefined || max === undefined) return undefined
  return {
    // A copy: it is compiled, and nobody may change it meanwhile.
    bytes: new Uint8Array(code),
    imports,
    exports: new Map(exports),
    memory: { min, max },
    instanceFuel,
    hasStart,
  }
}

const FIELDS = ['code', 'imports', 'exports', 'memory', 'instanceFuel', 'hasStart'] as const

function isList<T extends CborValue>(
  value: CborValue | undefined,
  isItem: (item: CborValue) => item is T,
): value is T[] {
  return Array.isArray(value) && value.every(isItem)
}

function isText(value: CborValue): value is string {
  return typeof value === 'string'
}

function isCount(value: CborValue): value is number {
  return typeof value === 'number' && value >= 0
}

function isSignature(value: CborValue): value is [string, string] {
  return isList(value, isText) && value.length === 2
}
