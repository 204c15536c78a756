/** `grid message`: messages and everything else that is signed, as bytes. */
import { LIMITS } from '../../../../kernel/index.ts'
import { readInput } from '../../terminal/read-input.ts'
import { addDiff } from './diff.ts'
import { addShow } from './show.ts'
import { addSign } from './sign.ts'
import { outcomeReport } from '../outcome.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { OutcomeFlags } from '../outcome.ts'
import type { Act, Session } from '../session.ts'

export function addMessage(grid: Command, act: Act): void {
  const message = grid.command('message').description('messages as bytes: show, verify, sign, diff, send')
  addShow(message, act)
  addSign(message, act)
  addDiff(message, act)
  message
    .command('send')
    .description('dispatch a message as it is; the same bytes again get the same answer')
    .argument('<file>')
    .option('--out <file>', 'write the result there')
    .option('--cbor', 'show the result in diagnostic notation')
    .option('--reply <file>', 'keep the reply there')
    .action((file: string, flags: OutcomeFlags) => act((session) => send(session, file, flags)))
}

async function send(session: Session, file: string, flags: OutcomeFlags): Promise<Report> {
  const received = await readInput(session.terminal, session.path(file), {
    bytesMax: LIMITS.messageBytes,
    as: 'a message',
  })
  return withHost(session, async (host) => {
    const result = await session.terminal.progress('waiting for the reply', () => host.send(received))
    return outcomeReport(session, host, result, flags)
  })
}
