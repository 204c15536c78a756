/** The vectors of a project, as what is done with a handler that is deployed. */
import { readVectors, tryVectors } from './vectors.ts'
import type { CID } from 'multiformats/cid'
import type { Resource } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Project } from './project.ts'
import type { Verdict } from './vectors.ts'

export type Trial = (host: Host, protocol: CID) => Promise<readonly Verdict[]>

/** @throws {HostError} MISSING without vectors, FILE for what is none */
export async function readTrial({ folder, options }: Project): Promise<Trial> {
  if (options.entry === 'program') {
    // The runtime is loaded with it, which other commands do without.
    const { readProgramVectors, tryProgramVectors } = await import('./program-vectors.ts')
    const vectors = await readProgramVectors(folder)
    return (host, protocol) => tryProgramVectors(host, protocol, vectors)
  }
  const vectors = await readVectors(folder)
  return (host, protocol) => tryVectors(host, protocol, vectors, trialSpace(host, options))
}

/** What is not pure acts on something: here a space of its own, which is empty at first. */
export function trialSpace({ node }: Host, { name, pure }: Project['options']): Resource | undefined {
  return pure === true ? undefined : { kind: 'space', owner: node, space: name, prefix: new Uint8Array() }
}
