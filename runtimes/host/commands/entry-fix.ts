/** Which entry fits a module that does not fit the one it was to be deployed with. */
import { HostError } from '../host-error.ts'
import type { DeployOptions } from '../deploy.ts'

/** As the exports of a module write them: (arguments, length) -> result, with a context or without. */
const METHODS = ['ii:I', 'iiii:I']
const START = '_start'
const ALLOC = 'alloc'

/** The same error; for a reactor that is taken for a command, and a command taken for a reactor, with the way out. */
export async function withEntry(error: unknown, code: Uint8Array, options: DeployOptions): Promise<unknown> {
  if (!(error instanceof HostError) || error.code !== 'ADMIT' || options.entry === 'component') return error
  const fix = entryFix(await exportsOf(code), options)
  return fix === undefined ? error : new HostError('ADMIT', error.message, { cause: error, fix })
}

function entryFix(exports: ReadonlyMap<string, string>, { entry }: DeployOptions): string | undefined {
  if (entry === 'reactor')
    return exports.has(START) && !exports.has(ALLOC)
      ? 'this module is a command: deploy it with --entry command, or --entry program'
      : undefined
  if (exports.has(START) || !exports.has(ALLOC)) return undefined
  const methods = [...exports].flatMap(([name, signature]) => (METHODS.includes(signature) ? [name] : []))
  const named = methods.length === 0 ? 'NAMES' : methods.join(',')
  return `this module is a reactor: deploy it with --entry reactor --methods ${named}`
}

async function exportsOf(code: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const { inspect } = await import('../../wasi/index.ts')
  const { ok } = await inspect(code)
  return new Map(ok?.exports)
}
