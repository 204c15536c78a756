/** Whatever is run, and however it ends: neither a secret nor the passphrase is in what comes out. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { base58btc } from 'multiformats/bases/base58'

import { createHost, nodeCrypto } from '../index.ts'
import { keyFileText } from '../keys/file.ts'
import { fileKeys } from '../keys/file-keys.ts'
import { createKeyLock } from '../keys/lock.ts'
import { signerOf } from '../keys/secrets.ts'
import { grid, temporaryFolder } from './grid.ts'
import { MAKING } from '../keys/test/key-making.ts'
import type { EncryptionSecret } from '../../../kernel/index.ts'
import type { TraceEvent } from '../index.ts'
import type { SecretKey } from '../keys/secrets.ts'
import type { RunOptions } from './grid.ts'

const PASSPHRASE = 'Trp4&wen:ty staples'
/** What it is changed to. */
const NEXT = 'Gr8;barn_of hornets'
const folder = temporaryFolder()
const bytes = (text: string): Uint8Array => nodeCrypto.sha256(new TextEncoder().encode(text))
const secretKey = (algorithm: SecretKey['algorithm'], seed: string): SecretKey => ({
  algorithm,
  secret: bytes(seed),
})

/** Of every kind, so that each way to sign is looked at. */
const IDENTITIES: Readonly<Record<string, readonly SecretKey[]>> = {
  node: [secretKey('Ed25519', 'node')],
  root: [secretKey('ESP256', 'root')],
  alice: [secretKey('Ed25519', 'alice'), secretKey('ML-DSA-65', 'alice too')],
}
/** Everybody but the node has one: what is opened is looked at too. */
const ENCRYPTION: Readonly<Record<string, EncryptionSecret>> = {
  root: { algorithm: 'X-Wing', secret: bytes('root opens') },
  alice: { algorithm: 'X-Wing', secret: bytes('alice opens') },
}
const SECRETS = [...Object.values(IDENTITIES).flat(), ...Object.values(ENCRYPTION)].map(
  ({ secret }) => secret,
)
const NEEDLES = [...SECRETS, ...[PASSPHRASE, NEXT].map((text) => new TextEncoder().encode(text))].flatMap(
  spellings,
)

/** All that is run in a folder, in order; some of it fails. */
const COMMANDS = [
  'init',
  'init --encrypt',
  'id list',
  'id show alice',
  'id show nobody',
  'id export alice --public',
  'id export alice',
  'id encrypt alice',
  'id new bob --algorithm p256',
  'id new alice',
  'id import alice.keyset',
  'id announce alice --out alice.keys',
  'id announce nobody',
  'id announce bob',
  'id announce bob --withdraw',
  'id announce bob',
  'id import alice.keys',
  'id show alice',
  'encrypt passphrase --to alice --to bob --out letter.sealed',
  'encrypt passphrase --to alice.keys',
  'encrypt passphrase --to nobody',
  'encrypt passphrase --to node',
  'decrypt letter.sealed --as alice --out opened',
  'decrypt letter.sealed --as root',
  'decrypt letter.sealed --as node',
  'decrypt alice.keys --as alice',
  'message show letter.sealed --full',
  'id rotate bob --algorithm hybrid',
  'id rotate alice',
  'encrypt passphrase --to alice',
  'id decrypt bob',
  'deploy passphrase',
  'handler list',
  'handler inspect passphrase',
  'handler init greeter --lang wat',
  'handler build greeter',
  'handler run greeter',
  'handler test greeter',
  'handler deploy greeter',
  'handler types greeter',
  'doctor',
  'cap issue --to alice --handler echo --out alice.cap',
  'cap delegate --cap alice.cap --to bob --methods echo --out bob.cap',
  'cap show bob.cap',
  'cap explain bob.cap',
  'call echo --arg a=b --cap bob.cap --trace --message message --reply reply',
  'call echo --arg a=b --as alice --trace',
  'message show message --full',
  'message verify message',
  'message sign echo --arg a=b --as alice --cap alice.cap --out signed',
  'message diff message signed',
  'message send message',
  'cap export bob.cap --qr-text --out line',
  'cap export bob.cap --qr',
  'cap export bob.cap --qr-svg picture',
  'cap import line --name kept',
  'cap list',
  'cap forget kept',
  'cap graph alice.cap bob.cap',
  'cap revoke bob.cap --out record',
  'cap revoke --accept record',
  'policy show',
  'policy set --revoker root --out record-1',
  'policy set --revoker alice --by alice',
  'policy sign record-1',
  'policy accept record-1',
  'policy export --out policies',
  'cap heartbeat --out beat',
  'cap heartbeat --by alice',
  'cap heartbeat --accept beat',
  'cap feed --out feed',
  'call batch all --cap alice.cap --lend bob.cap --input-json []',
  'trust note message reply',
  'trust show',
  'trust assess alice --out said',
  'trust accept said',
  'trust rebuild',
  'audit',
  'audit verify',
  'promise show bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu',
  'promise wait bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu',
  'grids found second',
  'grids list',
  'grids export --out founded',
  'grids adoption --out adopted',
  'grids join founded --name third',
  'block put alice.keyset',
  'block get bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu',
  'base put alice.keyset --label keyset',
  'base get bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu',
  'base add alice.keyset',
  'base cat bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu',
  'base export bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu exported',
  'base ls labels',
  'base label keyset',
  'base label keyset --history',
  'base pin',
  'base gc --dry-run',
  'base stats',
  'base quota set notes --entries 10',
  'base quota list',
  'base quota remove notes',
  'base verify',
  'base backup --out backup',
  'base repair backup',
  'base restore backup --data restored',
  'base car import backup',
  'merge commit notes alice.cap --as alice',
  'merge commit notes record --note why',
  'merge heads notes',
  'merge log notes',
  'merge run notes',
  'merge list',
  'merge show bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu',
  'merge resolve bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu --left',
  'clock accept',
  'demo',
  // Late, because the passphrase is another one then.
  'id passphrase --passphrase-file passphrase --new-passphrase-file next',
  'id passphrase --new-passphrase-file passphrase --passphrase-file letter.sealed',
  'call echo --arg a=b --as alice --passphrase-file next',
]

before(async () => {
  writeFileSync(join(folder, 'passphrase'), PASSPHRASE)
  writeFileSync(join(folder, 'next'), NEXT)
  writeFileSync(join(folder, 'alice.keyset'), signerOf(nodeCrypto, IDENTITIES['alice'] ?? []).keySet ?? '')
  for (const data of ['open', 'closed', 'wrong', 'damaged', 'shared']) writeKeys(join(folder, data, 'keys'))
  const lock = createKeyLock(() => Promise.resolve(PASSPHRASE), MAKING)
  for (const data of ['closed', 'wrong']) {
    const keys = fileKeys(nodeCrypto, join(folder, data, 'keys'), { lock, encryptsNew: true })
    for (const name of Object.keys(IDENTITIES)) await keys.encrypt(name)
  }
  const node = join(folder, 'damaged/keys/node.json')
  writeFileSync(node, readFileSync(node, 'utf8').replace('did:key:z6Mk', 'did:key:z6Mm'))
  chmodSync(join(folder, 'shared/keys/node.json'), 0o644)
})

describe('neither secret nor passphrase is in the output', () => {
  test('of any command there is', async () => {
    const known = new Set(COMMANDS.map((words) => words.split(' ').slice(0, 2).join(' ')))
    for (const command of await leafCommands())
      assert.ok(
        [...known].some((words) => words === command || words.split(' ')[0] === command),
        `${command} is not run here`,
      )
  })

  test('where keys are in the clear', async () => {
    for (const words of COMMANDS) await quiet(`${words} --data open --debug`)
  })

  test('where keys are encrypted, in JSON', async () => {
    const env = { PROMISEGRID_PASSPHRASE: PASSPHRASE }
    for (const words of COMMANDS) await quiet(`${words} --data closed --json --debug`, { env })
  })

  test('where the passphrase is wrong, the keys damaged or open to others', async () => {
    for (const words of [
      'init',
      'id decrypt alice',
      'id encrypt alice',
      'id new carol',
      'id passphrase --new-passphrase-file next',
      'decrypt alice.keys --as alice',
    ]) {
      await quiet(`${words} --data wrong --debug`, { env: { PROMISEGRID_PASSPHRASE: `${PASSPHRASE}!` } })
      await quiet(`${words} --data damaged --debug --passphrase-file passphrase`)
      await quiet(`${words} --data shared --debug --passphrase-file passphrase`)
    }
  })

  test('where somebody mistypes', async () => {
    const alike = ['--passphrase', '--passphras', '--passphrase-fil', '--new-passphrase', '--new-passphras']
    for (const option of alike) await quiet(['id', 'list', `${option}=${PASSPHRASE}`])
    await quiet(['id', 'list', '--passphrase', PASSPHRASE])
  })
})

test('neither secret nor passphrase is in the trace of a host, in it, its signers, calls and errors', async () => {
  const data = join(folder, 'host')
  writeKeys(join(data, 'keys'))
  const keys = createKeyLock(() => Promise.resolve(PASSPHRASE), MAKING)
  const files = fileKeys(nodeCrypto, join(data, 'keys'), { lock: keys, encryptsNew: true })
  for (const name of Object.keys(IDENTITIES)) await files.encrypt(name)
  const trace: TraceEvent[] = []
  await using host = await createHost({
    data,
    passphrase: PASSPHRASE,
    trace: (event) => void trace.push(event),
  })
  const alice = await host.identity('alice')
  const protocol = await host.handler('echo')
  const capability = await host.promise({ to: alice.principal, resource: { kind: 'code', protocol } })
  const called = await host.call({ protocol, method: 'echo', as: alice, capabilities: [capability] })
  assert.equal(called.status, 'kept')
  const announced = await host.announce('alice')
  const sealed = await host.encryptFor([alice.principal], bytes('content'))
  const opened = await host.decryptAs('alice', sealed.ok ?? assert.fail())
  assert.ok(opened.ok !== undefined)
  const unopened = await host.decryptAs('root', sealed.ok ?? assert.fail())
  assert.equal(unopened.refused?.code, 'KEY')
  const failed: unknown = await createHost({ data, passphrase: 'another' }).catch((error: unknown) => error)
  const identity = await host.look('alice')
  const encrypted = { announced, sealed, opened, unopened, said: await host.keyStatement(alice.principal) }
  const seen = {
    trace,
    host,
    alice,
    node: host.root,
    capability,
    called,
    failed,
    identity,
    files,
    keys,
    encrypted,
  }
  assert.ok(trace.length > 0)
  for (const [name, value] of Object.entries(seen))
    silent(
      name,
      inspect(value, { depth: 8, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity }),
    )
})

test('a needle is found in every spelling, so that the tests above can fail', () => {
  const [secret = new Uint8Array()] = SECRETS
  for (const shown of [
    inspect(secret),
    inspect(Buffer.from(secret)),
    inspect({ der: Buffer.concat([Buffer.alloc(16), secret]) }),
    Buffer.concat([Buffer.alloc(16), secret]).toString('base64'),
    JSON.stringify({ secret: Buffer.from(secret).toString('base64url') }),
    JSON.stringify([...secret]),
    base58btc.encode(secret),
    Buffer.from(secret).toString('hex').toUpperCase(),
  ])
    assert.throws(() => silent('shown', shown), assert.AssertionError, shown)
})

function writeKeys(keys: string): void {
  mkdirSync(keys, { recursive: true, mode: 0o700 })
  for (const [name, secrets] of Object.entries(IDENTITIES)) {
    const { principal } = signerOf(nodeCrypto, secrets)
    const encryption = ENCRYPTION[name]
    const text = keyFileText({ principal, secrets, ...(encryption && { encryption }) })
    writeFileSync(join(keys, `${name}.json`), text, { mode: 0o600 })
  }
}

async function quiet(words: string | readonly string[], options: RunOptions = {}): Promise<void> {
  const list = typeof words === 'string' ? words.split(' ') : words
  const { stdout, stderr } = await grid(list, { cwd: folder, ...options })
  silent(list.join(' ').replaceAll(PASSPHRASE, 'PASSPHRASE'), stdout.toString('latin1') + stderr)
}

function silent(where: string, text: string): void {
  // Lists of numbers are broken into lines.
  const joined = text.replaceAll(/\s+/g, ' ')
  for (const needle of NEEDLES) assert.ok(!joined.includes(needle), `${where} shows ${needle}`)
}

/** A part of each way to write some bytes, long enough not to be there by chance. */
function spellings(of: Uint8Array): readonly string[] {
  const buffer = Buffer.from(of)
  const hex = buffer.toString('hex')
  const numbers = [...of].slice(0, 8)
  // Where base64 begins decides its letters.
  const base64 = [0, 1, 2].flatMap((skip) => {
    const text = buffer.subarray(skip).toString('base64').slice(0, 16)
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [
    ...base64,
    hex.slice(0, 24),
    hex.slice(0, 24).toUpperCase(),
    (hex.slice(0, 16).match(/../g) ?? []).join(' '),
    numbers.join(', '),
    numbers.join(','),
    base58btc.encode(of).slice(1, 17),
    ...(of.length === 32 ? [] : [buffer.toString()]),
  ]
}

/** `id new` and the like, by what --help lists. */
async function leafCommands(): Promise<readonly string[]> {
  const below = async (words: readonly string[]): Promise<readonly string[]> => {
    const help = (await grid([...words, '--help'], { cwd: folder })).stdout.toString()
    const [, list = ''] = /\nCommands:\n((?: {2}.*\n)+)/.exec(help) ?? []
    return [...list.matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
  }
  const leaves: string[] = []
  for (const top of await below([])) {
    const inner = await below([top])
    leaves.push(...(inner.length === 0 ? [top] : inner.map((name) => `${top} ${name}`)))
  }
  return leaves
}
