/**
 * Scripts of the WebAssembly specification tests in their form as JSON, which `wast2json` of the WebAssembly Binary Toolkit
 * writes: `NAME.json` beside the modules it names.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface WastValue {
  readonly type: string
  /** Bits as an unsigned number in decimal; `null`, `nan:canonical` or `nan:arithmetic`; absent for any. */
  readonly value?: string | readonly string[]
}

export interface WastAction {
  readonly type: 'invoke' | 'get'
  readonly module?: string
  readonly field: string
  readonly args?: readonly WastValue[]
}

/** Does something, and may say what must come of it. */
export interface ActionCommand {
  readonly type: 'action' | 'assert_return' | 'assert_trap' | 'assert_exhaustion'
  readonly line: number
  readonly action: WastAction
  readonly expected?: readonly WastValue[]
}

/** A module that must trap while it is instantiated. */
export interface TrappingModule {
  readonly type: 'assert_uninstantiable'
  readonly line: number
  readonly filename: string
}

export type WastCommand =
  | { readonly type: 'module'; readonly line: number; readonly name?: string; readonly filename: string }
  | { readonly type: 'register'; readonly line: number; readonly name?: string; readonly as: string }
  | ActionCommand
  | TrappingModule
  | { readonly type: 'assert_unlinkable' | 'assert_invalid' | 'assert_malformed'; readonly line: number }

export interface WastScript {
  readonly name: string
  readonly commands: readonly WastCommand[]
  /** The bytes of a module the script names. */
  load(filename: string): Uint8Array<ArrayBuffer>
}

/** @throws for a file that is no script */
export function readScript(path: string): WastScript {
  const { source_filename: name, commands } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly source_filename?: string
    readonly commands?: readonly WastCommand[]
  }
  if (!Array.isArray(commands)) throw new TypeError(`${path} is no script of WebAssembly tests`)
  return {
    name: name ?? path,
    commands,
    load: (filename) => new Uint8Array(readFileSync(join(dirname(path), filename))),
  }
}
