/** Mistakes in the arguments, in the words of this program instead of those of its parser. */
import type { CommanderError } from 'commander'

/** Placeholders are numbered groups of the pattern. */
const WORDS: readonly (readonly [found: RegExp, says: string])[] = [
  [/^option '(?:-\w, )?(--[\w-]+).*' argument '(.*)' is invalid\. (.*)$/s, '$1 cannot be "$2": $3'],
  [/^command-argument value '(.*)' is invalid for argument '(.*)'\. (.*)$/s, '<$2> cannot be "$1": $3'],
  [/^missing required argument '(.*)'$/s, '<$1> is missing'],
  [/^required option '(.*)' not specified$/s, '$1 is missing'],
  [/^option '(.*)' argument missing$/s, '$1 needs a value'],
  [/^unknown option '([^'=]*).*'$/s, 'there is no option $1'],
  [/^unknown command '(.*)'$/s, 'there is no command "$1"'],
  [
    /^too many arguments(?: for '.*')?\. Expected (\d+) arguments? but got (\d+)\.$/s,
    'it takes $1, not $2 words',
  ],
]

export function usageMessage(error: CommanderError): string {
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n')
  const [found, says] = WORDS.find(([pattern]) => pattern.test(message)) ?? []
  const own = found === undefined || says === undefined ? message : message.replace(found, says)
  return [own, ...suggestion].join(' ')
}
