/**
 * The passphrase of key files as a user gives it: in a file, in the environment, or typed unseen. Never as an
 * argument: those are in the list of processes and in the history of the shell.
 */
import { HostError } from '../host-error.ts'
import { createKeyLock } from '../keys/lock.ts'
import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import type { KeyProtection } from '../keys/folder.ts'
import type { AskPassphrase, KeyLock } from '../keys/lock.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const PASSPHRASE_VARIABLE = 'PROMISEGRID_PASSPHRASE'
const PASSPHRASE_BYTES_MAX = 1_024

/** One passphrase for the whole command: keys are encrypted anew when it was given without being asked for. */
export function protectionOf(terminal: Terminal, file: string | undefined): KeyProtection {
  const inEnvironment = terminal.env[PASSPHRASE_VARIABLE]
  if (file !== undefined)
    return { lock: lockOf(terminal, () => passphraseIn(terminal, file)), encryptsNew: true }
  if (inEnvironment !== undefined)
    return { lock: lockOf(terminal, () => Promise.resolve(inEnvironment)), encryptsNew: true }
  return { lock: lockOf(terminal, askAt(terminal)), encryptsNew: false }
}

/** Another passphrase, for what is to be put under it: from a file, or typed twice. */
export function newPassphraseLock(terminal: Terminal, file: string | undefined): KeyLock {
  return lockOf(terminal, file === undefined ? askAt(terminal) : () => passphraseIn(terminal, file))
}

function lockOf({ keyMaking }: Terminal, ask: AskPassphrase): KeyLock {
  return createKeyLock(ask, keyMaking)
}

/** @throws {HostError} USAGE for a passphrase among the arguments, which is not repeated */
export function refusePassphraseArgument(words: readonly string[]): void {
  if (!words.some((word) => /^--(new-)?passphrase(=|$)/.test(word))) return
  throw new HostError('USAGE', 'a passphrase is never an argument: others see it in the list of processes', {
    fix: `give --passphrase-file FILE or ${PASSPHRASE_VARIABLE}, or be asked for it; and choose another one now`,
  })
}

async function passphraseIn(terminal: Terminal, file: string): Promise<string> {
  const content = await readInput(terminal, file, {
    bytesMax: PASSPHRASE_BYTES_MAX,
    mayBeEmpty: true,
    as: 'a passphrase',
  })
  const passphrase = textOf(content)?.replace(/\r?\n$/, '')
  if (passphrase === undefined || /[\r\n]/.test(passphrase))
    throw new HostError('PASSPHRASE', 'the passphrase file holds something else than one line of text')
  return passphrase
}

function askAt(terminal: Terminal): AskPassphrase {
  return async ({ isNew }) => {
    if (terminal.askSecrets === undefined)
      throw new HostError('PASSPHRASE', 'a passphrase is needed, and nobody can be asked for it', {
        fix: `give --passphrase-file FILE or ${PASSPHRASE_VARIABLE}`,
      })
    const questions = isNew ? ['New passphrase of the keys: ', 'Once more: '] : ['Passphrase of the keys: ']
    const [passphrase = '', again = passphrase] = await terminal.askSecrets(questions)
    if (again !== passphrase) throw new HostError('PASSPHRASE', 'that was not the same twice')
    return passphrase
  }
}
