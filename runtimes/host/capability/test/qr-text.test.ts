/** A chain as one line for a QR code: what fits, and what typing errors and hostile lines get. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeCbor } from '../../../../promisebase/index.ts'
import { decodeBase45, encodeBase45 } from '../base45.ts'
import { QR_CHARACTERS_MAX, QR_PREFIX, readQrText, writeQrText } from '../qr-text.ts'
import { isCapabilityText, readCapabilities, writeCapabilities } from '../text.ts'
import { createHost, HostError, nodeCrypto } from '../../index.ts'
import type { CborInput } from '../../../../promisebase/index.ts'
import type { Capability, Host, Signer } from '../../index.ts'

const says =
  (pattern: RegExp, code = 'FILE') =>
  (error: unknown) =>
    error instanceof HostError && error.code === code && pattern.test(error.message)
const write = (chain: readonly Capability[]): string =>
  writeQrText(
    nodeCrypto,
    chain.map(({ bytes }) => bytes),
  )

/** A line with a right check value over whatever is to be in it. */
function lineOf(value: CborInput): string {
  const encoded = encodeCbor(value)
  const check = nodeCrypto.sha256(encoded).subarray(0, 4)
  return QR_PREFIX + encodeBase45(Buffer.concat([check, encoded]))
}

/** A chain of promises about echo, each by the holder of the one before. */
async function chainOf(host: Host, links: number, algorithm?: 'hybrid'): Promise<Capability[]> {
  const chain: Capability[] = []
  const protocol = await host.handler('echo')
  let by: Signer = host.root
  for (let link = 1; link <= links; link += 1) {
    const to = await host.identity(`holder-${algorithm ?? 'single'}-${link}`, algorithm)
    const parent = chain.at(-1)
    const terms = { to: to.principal, resource: { kind: 'code', protocol } as const, by, methods: ['echo'] }
    chain.push(await host.promise(parent === undefined ? terms : { ...terms, parent }))
    by = to
  }
  return chain
}

describe('a chain as one line', () => {
  test('fits a QR code up to six links of single keys, and is read back link by link', async (t) => {
    await using host = await createHost()
    const chain = await chainOf(host, 9)
    for (const links of [1, 3, 6]) {
      const line = write(chain.slice(0, links))
      t.diagnostic(`${links} links: ${line.length} characters`)
      assert.match(line, /^GRID-CAP:[0-9A-Z $%*+\-./:]+$/)
      assert.ok(line.length <= QR_CHARACTERS_MAX && isCapabilityText(line))
      const read = readCapabilities(nodeCrypto, host.keys, `# for bob\n\n${line}\n`)
      assert.deepEqual(read, chain.slice(0, links))
    }
    for (const links of [7, 9])
      assert.throws(() => write(chain.slice(0, links)), says(/of [79] has [4-6]\d{3} characters/))
  })

  test('does not fit with the signature of a hybrid in it, and says how long it would be', async () => {
    await using host = await createHost()
    const chain = await chainOf(host, 2, 'hybrid')
    assert.ok(write(chain.slice(0, 1)).length <= QR_CHARACTERS_MAX)
    assert.throws(() => write(chain), says(/has \d{4,5} characters, and a QR code holds 4296/))
    assert.ok(writeCapabilities(chain, 'as a file').length > QR_CHARACTERS_MAX)
  })

  test('holds as many characters as the largest QR code, and not one more', () => {
    const size = Math.floor((QR_CHARACTERS_MAX - QR_PREFIX.length) / 3) * 2 - 4 - 4
    assert.equal(writeQrText(nodeCrypto, [new Uint8Array(size)]).length, QR_CHARACTERS_MAX)
    assert.throws(() => writeQrText(nodeCrypto, [new Uint8Array(size + 1)]), says(/4298/))
    assert.throws(() => writeQrText(nodeCrypto, []), TypeError)
  })

  test('tells every single wrong character, and every two that changed places', async () => {
    await using host = await createHost()
    const line = write(await chainOf(host, 1))
    for (let at = 0; at < line.length; at += 7) {
      const other = line[at] === 'X' ? 'Y' : 'X'
      const mistyped = line.slice(0, at) + other + line.slice(at + 1)
      assert.throws(
        () => readQrText(nodeCrypto, mistyped),
        says(at < QR_PREFIX.length ? /begin/ : /check value/),
      )
      const [one = '', two = ''] = line.slice(at, at + 2)
      if (at < QR_PREFIX.length || at + 1 === line.length || one === two) continue
      const swapped = line.slice(0, at) + two + one + line.slice(at + 2)
      assert.throws(() => readQrText(nodeCrypto, swapped), says(/check value/))
    }
  })

  test('tells what is missing at its end, and spaces that were lost', async () => {
    await using host = await createHost()
    const line = write(await chainOf(host, 3))
    for (const less of [1, 2, 3, 100, line.length - QR_PREFIX.length])
      assert.throws(() => readQrText(nodeCrypto, line.slice(0, -less)), says(/check value/))
    const space = write(await chainOf(host, 3)).replace(/ +/g, '')
    assert.throws(() => readQrText(nodeCrypto, space), says(/check value/))
    assert.throws(() => readQrText(nodeCrypto, `${line}A`), says(/check value/))
  })

  test('is refused in small letters, as another thing, or too long', async () => {
    await using host = await createHost()
    const line = write(await chainOf(host, 1))
    const small = QR_PREFIX + line.slice(QR_PREFIX.length).toLowerCase()
    assert.throws(() => readQrText(nodeCrypto, small), says(/characters other than/))
    assert.throws(() => readQrText(nodeCrypto, line.toLowerCase()), says(/does not begin/))
    assert.throws(() => readQrText(nodeCrypto, QR_PREFIX + 'A'.repeat(5_000)), says(/a QR code holds/))
  })

  for (const [why, value] of [
    ['no token', []],
    ['eleven tokens', Array.from({ length: 11 }, () => new Uint8Array(1))],
    ['a text', ['token']],
    ['a map', new Map([['tokens', []]])],
    ['a token beside a number', [new Uint8Array(1), 7]],
  ] as const)
    test(`is refused with ${why} in it, although its check value is right`, () => {
      assert.throws(
        () => readQrText(nodeCrypto, lineOf(value as CborInput)),
        says(/something else than tokens/),
      )
    })

  test('is refused when its CBOR has another spelling', () => {
    const encoded = Uint8Array.of(0x98, 0x01, 0x41, 0x00)
    const check = nodeCrypto.sha256(encoded).subarray(0, 4)
    const line = QR_PREFIX + encodeBase45(Buffer.concat([check, encoded]))
    assert.throws(() => readQrText(nodeCrypto, line), says(/something else than tokens/))
  })

  test('proves nothing by its check value: the signatures are looked at', async () => {
    await using host = await createHost()
    const [capability] = await chainOf(host, 1)
    const forged = Uint8Array.from(capability?.bytes ?? [])
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const line = writeQrText(nodeCrypto, [forged])
    assert.throws(() => readCapabilities(nodeCrypto, host.keys, line), says(/token 1 is no capability: SIG/))
    assert.equal(decodeBase45(line.slice(QR_PREFIX.length))?.length, forged.length + 4 + 4)
  })

  test('stands alone in its file', async () => {
    await using host = await createHost()
    const chain = await chainOf(host, 1)
    const text = `${write(chain)}\n${write(chain)}`
    assert.throws(() => readCapabilities(nodeCrypto, host.keys, text), says(/line 2 is too much/))
    const mixed = `${writeCapabilities(chain, 'a file')}${write(chain)}`
    assert.throws(() => readCapabilities(nodeCrypto, host.keys, mixed), says(/line 3 is no capability/))
  })
})
