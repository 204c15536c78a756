/** Asks on a terminal for what nobody who looks on may read. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

import { HostError } from '../host-error.ts'
import type { Readable } from 'node:stream'

/** @throws {HostError} PASSPHRASE when the input ends, or is broken off, before the last answer */
export async function askSecrets(
  questions: readonly string[],
  input: Readable,
  screen: Writable,
): Promise<readonly string[]> {
  // The echo goes nowhere; `terminal` switches off the one that the terminal itself would make.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
  const answers: string[] = []
  const ask = (): void => void screen.write(questions[answers.length] ?? '')
  ask()
  try {
    for await (const answer of lines) {
      answers.push(answer)
      screen.write('\n')
      if (answers.length === questions.length) return answers
      ask()
    }
  } finally {
    lines.close()
  }
  screen.write('\n')
  throw new HostError('PASSPHRASE', 'no passphrase was given')
}
