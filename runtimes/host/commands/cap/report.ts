/** What the commands that make or hand on a capability tell of it, and where they write it. */
import { writeFile } from 'node:fs/promises'

import { describeResource } from '../../../../kernel/index.ts'
import { writeCapabilities } from '../../capability/text.ts'
import { HostError } from '../../host-error.ts'
import { capabilityFacts } from '../../terminal/capability.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { instant } from '../../terminal/units.ts'
import type { Capability } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Session } from '../session.ts'

/** What a chain gives in a few words: the promise of its last link. */
export interface Gist {
  readonly about: string
  readonly methods: string
  readonly until: string
}

export function gistOf(chain: readonly Capability[]): Gist {
  const last = chain.at(-1) as Capability
  return {
    about: safeLine(describeResource(last.resource)),
    methods: safeLine(last.methods.join(', ')),
    until: instant(last.expires),
  }
}

/** A capability file, its gist in the first line. */
export function capabilityFileOf(chain: readonly Capability[]): string {
  const { about, methods, until } = gistOf(chain)
  return writeCapabilities(chain, `${about}; ${methods}; until ${until}`)
}

/** `text` is the chain as it is handed out, a capability file by default. @throws {HostError} FILE */
export async function capabilityReport(
  session: Session,
  chain: readonly Capability[],
  out: string | undefined,
  text = capabilityFileOf(chain),
): Promise<Report> {
  const data = { capability: text, chain: chain.map(capabilityFacts) }
  if (out === undefined) return { data, text: text.trimEnd().split('\n') }
  // A bearer token is worth as much as a key.
  await writeFile(session.path(out), text, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('FILE', `${out} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
  const holder = (chain.at(-1) as Capability).holder
  return {
    data: { ...data, file: session.path(out) },
    text: columns([['to', holder], ...Object.entries(gistOf(chain)), ['file', out]]),
  }
}
