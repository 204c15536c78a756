/** How a label was moved: `grid base label NAME --history`. */
import { HostError } from '../../host-error.ts'
import { columns } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { count } from '../../terminal/units.ts'
import { withStore } from './store.ts'
import type { LabelMove } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Session } from '../session.ts'

/** The newest move first. A label that was removed still has its history. */
export function labelHistory(session: Session, name: string): Promise<Report> {
  return withStore(session, async (store, signal) => {
    const moves: LabelMove[] = []
    for await (const move of store.labelHistory(name)) {
      signal.throwIfAborted()
      moves.push(move)
    }
    if (moves.length === 0)
      throw new HostError('MISSING', `no move of a label ${JSON.stringify(name)} is known`, {
        fix: 'see which labels there are with `grid base ls labels`',
      })
    return { data: { label: name, moves: moves.map(factsOf) }, text: columns(moves.map(rowOf)) }
  })
}

function factsOf({ sequence, transaction, by, from, to }: LabelMove): object {
  return {
    commit: sequence,
    transaction,
    by: by ?? null,
    from: from?.toString() ?? null,
    to: to?.toString() ?? null,
  }
}

function rowOf({ sequence, by, to }: LabelMove): readonly string[] {
  return [`commit ${count(sequence)}`, to?.toString() ?? 'removed', by === undefined ? '' : safeLine(by)]
}
