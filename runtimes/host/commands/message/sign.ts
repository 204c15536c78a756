/** `grid message sign`: a signed message from flags or a JSON file, written out and not sent. */
import { HostError } from '../../host-error.ts'
import { columns } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { contentReport } from '../block.ts'
import { inputOf } from '../input.ts'
import { cidValue, durationValue } from '../options.ts'
import { requestOf, withRequest } from '../request.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { RequestFlags } from '../request.ts'
import type { Act, Session } from '../session.ts'

interface SignFlags extends RequestFlags {
  readonly from?: string
  readonly out?: string
}

/** What a JSON file may say; each the same as the flag or argument of that name. */
type Written = Pick<
  RequestFlags,
  'input' | 'inputCid' | 'arg' | 'as' | 'cap' | 'space' | 'context' | 'expires' | 'tagged'
> & {
  readonly handler?: string
  readonly method?: string
}

const FILE_MAX = 1024 * 1024

const EXAMPLES = `
Examples:
  grid message sign echo --input letter.txt --out letter.message
  grid message sign store put --space notes/ --arg key=today --arg value=@today.txt --tagged --out m
  grid message sign --from request.json > m

request.json holds the words and flags by name: { "handler": "echo", "input": "letter.txt", "as": "alice",
"cap": ["alice.cap"], "expires": "10m", "tagged": true }. What is said on the command line counts more.`

export function addSign(message: Command, act: Act): void {
  withRequest(message.command('sign'))
    .description('sign a message and write its bytes out; nothing is sent')
    .argument('[handler]', 'a protocol CID, or the name of a handler here')
    .argument('[method]', 'one it offers; not needed when it offers, or --cap grants, only one')
    .option('--from <file>', 'a JSON file that says the same as these flags')
    .option('--out <file>', 'write the message there')
    .addHelpText('after', EXAMPLES)
    .action((handler: string | undefined, method: string | undefined, flags: SignFlags) =>
      act((session) => sign(session, handler, method, flags)),
    )
}

async function sign(
  session: Session,
  handler: string | undefined,
  method: string | undefined,
  flags: SignFlags,
): Promise<Report> {
  const written: Written = flags.from === undefined ? {} : await readRequest(session, flags.from)
  const said = { ...written, ...flags }
  const named = handler ?? written.handler
  if (named === undefined)
    throw new HostError('USAGE', '<handler> is missing', { fix: 'name it here, or in the file of --from' })
  const input = await inputOf(session, said)
  return withHost(session, async (host) => {
    const request = await requestOf(session, host, named, method ?? written.method, said, input)
    const { id, bytes } = await host.compose(request)
    const form = request.form ?? 'array'
    const facts = { id: id.toString(), issuer: request.as?.principal ?? '', form }
    const rows = columns([
      ['id', facts.id],
      ['signed by', facts.issuer],
      ['form', form === 'array' ? 'five elements' : 'the tagged envelope'],
    ])
    return contentReport(session, facts, bytes, flags.out, rows)
  })
}

// -------------------------------------------------------------------------------------- the JSON file

type Reader = (value: unknown) => unknown

const text: Reader = (value) => (typeof value === 'string' ? value : undefined)
const texts: Reader = (value) =>
  Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined
const flag: Reader = (value) => (typeof value === 'boolean' ? value : undefined)
const parsed =
  (parse: (text: string) => unknown): Reader =>
  (value) =>
    typeof value === 'string' ? orUndefined(() => parse(value)) : undefined

const FIELDS: Readonly<Record<keyof Written, readonly [Reader, says: string]>> = {
  handler: [text, 'a text'],
  method: [text, 'a text'],
  as: [text, 'the name of an identity'],
  cap: [texts, 'a list of capability files'],
  input: [text, 'the name of a file'],
  inputCid: [parsed(cidValue), 'a CID'],
  arg: [texts, 'a list of NAME=VALUE'],
  space: [text, 'a text'],
  context: [parsed(cidValue), 'a CID'],
  expires: [parsed(durationValue), 'a time such as "10m"'],
  tagged: [flag, 'true or false'],
}

async function readRequest(session: Session, file: string): Promise<Written> {
  const content = await readInput(session.terminal, session.path(file), {
    bytesMax: FILE_MAX,
    as: 'a request',
  })
  const fault = (what: string): HostError => new HostError('FILE', safeLine(`${file}: ${what}`))
  const record = orUndefined(() => JSON.parse(new TextDecoder().decode(content)) as unknown)
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw fault('it is no JSON object')
  const read = Object.entries(record).map(([name, value]: [string, unknown]) => {
    const [reader, says] = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof Written] : []
    if (reader === undefined)
      throw fault(`${JSON.stringify(name)} is none of ${Object.keys(FIELDS).join(', ')}`)
    const field = reader(value)
    if (field === undefined) throw fault(`${name} must be ${says}`)
    return [name, field]
  })
  return Object.fromEntries(read) as Written
}

/** The parsers of options throw for what they do not take. */
function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
