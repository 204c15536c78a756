/** The commands of `grid`, each loaded when it is asked for: to load them all takes longer than most of them. */
import type { Command } from 'commander'
import type { Act } from './session.ts'

/** Adds a command, with what is below it, to the program. */
type AddCommand = (grid: Command, act: Act) => void

/** In the order of `--help`. */
const COMMANDS: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['demo', async () => (await import('./demo.ts')).addDemo],
  ['init', async () => (await import('./init.ts')).addInit],
  ['grids', async () => (await import('./grids/grids.ts')).addGrids],
  ['policy', async () => (await import('./policy/policy.ts')).addPolicy],
  ['id', async () => (await import('./id/id.ts')).addId],
  ['deploy', async () => (await import('./deploy.ts')).addDeploy],
  ['handler', async () => (await import('./handler/handler.ts')).addHandler],
  ['call', async () => (await import('./call.ts')).addCall],
  ['promise', async () => (await import('./promise.ts')).addPromise],
  ['cap', async () => (await import('./cap/cap.ts')).addCap],
  ['merge', async () => (await import('./merge/merge.ts')).addMerge],
  ['audit', async () => (await import('./audit.ts')).addAudit],
  ['trust', async () => (await import('./trust.ts')).addTrust],
  ['base', async () => (await import('./base/base.ts')).addBase],
  ['block', async () => (await import('./block.ts')).addBlock],
  ['message', async () => (await import('./message/message.ts')).addMessage],
  ['encrypt', async () => (await import('./encrypt.ts')).addEncrypt],
  ['decrypt', async () => (await import('./decrypt.ts')).addDecrypt],
  ['doctor', async () => (await import('./doctor.ts')).addDoctor],
  ['clock', async () => (await import('./clock.ts')).addClock],
])

/** The command of this name alone; all of them where there is none, to be listed or to suggest another name. */
export function commandsFor(name: string | undefined): Promise<readonly AddCommand[]> {
  const one = name === undefined ? undefined : COMMANDS.get(name)
  return Promise.all((one === undefined ? [...COMMANDS.values()] : [one]).map((load) => load()))
}
