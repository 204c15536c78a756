/**
 * What one node hands another about keys, as text (spec/key-files.md, "Handing on"): key sets, and the statements
 * that their principals have signed. A line each, its kind in front, so that it survives a mail.
 */
import { HostError } from '../host-error.ts'
import { bytesBehind, writeSignedLine } from '../signed-lines.ts'
import type { Principal, Result, Signer } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'

export interface Handout {
  /** Blocks. They come first: a statement is verified with them. */
  readonly keySets: readonly Uint8Array[]
  readonly statements: readonly Uint8Array[]
}

const KEY_SET = 'grid-key-set:'
const STATEMENT = 'grid-key-statement:'

/** Statements with all that is needed to verify them elsewhere. */
export function handoutOf(signers: readonly Signer[], statements: readonly Uint8Array[]): Handout {
  return { keySets: signers.flatMap(({ keySet }) => keySet ?? []), statements }
}

export function handoutLines({ keySets, statements }: Handout): readonly string[] {
  return [
    ...keySets.map((block) => writeSignedLine(KEY_SET, block)),
    ...statements.map((bytes) => writeSignedLine(STATEMENT, bytes)),
  ]
}

/** Undefined for text that has no such line. @throws {HostError} FILE for text that has others too */
export function readHandout(text: string): Handout | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  if (!lines.some((line) => line.startsWith(KEY_SET) || line.startsWith(STATEMENT))) return undefined
  const keySets: Uint8Array[] = []
  const statements: Uint8Array[] = []
  for (const line of lines) {
    const block = bytesBehind(KEY_SET, line)
    const statement = block === undefined ? bytesBehind(STATEMENT, line) : undefined
    if (block !== undefined) keySets.push(block)
    else if (statement !== undefined) statements.push(statement)
    else throw new HostError('FILE', `it holds something else than lines of ${KEY_SET} and ${STATEMENT}`)
  }
  return { keySets, statements }
}

/** Takes all of it in; the first that is refused ends it. Returns who the statements are by. */
export async function acceptHandout(
  host: Pick<Host, 'admitKeySet' | 'acceptKeyStatement'>,
  { keySets, statements }: Handout,
): Promise<Result<readonly Principal[]>> {
  for (const block of keySets) {
    const admitted = await host.admitKeySet(block)
    if (admitted.refused !== undefined) return admitted
  }
  const issuers: Principal[] = []
  for (const bytes of statements) {
    const accepted = await host.acceptKeyStatement(bytes)
    if (accepted.refused !== undefined) return accepted
    issuers.push(accepted.ok.issuer)
  }
  return { ok: issuers }
}
