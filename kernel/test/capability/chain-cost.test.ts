/** What a chain made to be expensive costs: its refusal, and no signature twice. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CLAIM } from '../../message/labels.ts'
import { assertRefused } from '../assert-refused.ts'
import { countingCrypto } from '../counting-crypto.ts'
import { foundGrid, people, seededCrypto } from '../fixture.ts'
import { forge, messageClaims } from '../forge.ts'
import type { Capability } from '../../index.ts'

const { alice, bob, root } = people

describe('a chain that is made to be expensive', async () => {
  const { crypto, counts } = countingCrypto(seededCrypto())
  const grid = await foundGrid({ crypto })

  /** Signatures verified for one message; none of them twice. */
  const verifiedBy = async ({ bytes }: { bytes: Uint8Array }): Promise<number> => {
    counts.reset()
    await grid.kernel.dispatch(bytes)
    assert.equal(new Set(counts.signatures).size, counts.signatures.length, 'a signature verified twice')
    return counts.verify
  }

  /** alice → bob → alice → …, and the last of them is held by alice. */
  const deep = (length: number): readonly Capability[] => {
    const chain = [grid.grant({ by: root, holder: (length % 2 === 1 ? alice : bob).principal })]
    while (chain.length < length) {
      const parent = chain.at(-1) as Capability
      const [by, holder] = parent.holder === alice.principal ? [alice, bob] : [bob, alice]
      chain.push(grid.grant({ by, parent, holder: holder.principal }))
    }
    return chain
  }

  test('of ten thousand links is refused before the first signature, also that of the message: LIMIT (K-08)', async () => {
    const ids = new Array(10_000).fill(grid.adoption.id)
    const sent = forge(grid, { claims: messageClaims(grid, [[CLAIM.capabilities, ids]]) })
    assert.equal(await verifiedBy(sent), 0)
    await assertRefused(grid, sent, 'LIMIT')
  })

  test('is not walked upwards in the store, however many of its links are kept there (K-10)', async () => {
    const chain = deep(200)
    for (const link of chain) assert.ok((await grid.kernel.keepToken(link.bytes)).ok)
    const last = chain.at(-1) as Capability
    for (const shown of [last, last.id]) {
      const sent = grid.compose({ chain: [shown] })
      assert.equal(await verifiedBy(sent), 1)
      await assertRefused(grid, sent, 'CHAIN', { link: 0 })
    }
  })

  test('of two hundred links, all of them shown by their ids, costs the signature of its message: LIMIT (K-10)', async () => {
    const sent = grid.compose({ chain: deep(200).map(({ id }) => id) })
    assert.equal(await verifiedBy(sent), 1)
    await assertRefused(grid, sent, 'LIMIT', { rule: 'capability.md#length' })
  })

  test('and shows two ways to one link is no chain: a link has one parent (K-10)', async () => {
    const top = grid.grant()
    const sides = [
      grid.grant({ by: alice, parent: top, methods: ['echo'] }),
      grid.grant({ by: alice, parent: top }),
    ]
    const [left, right] = sides as [Capability, Capability]
    const bottom = grid.grant({ by: alice, parent: left })
    const sent = grid.compose({ chain: [top, left, right, bottom] })
    assert.equal(await verifiedBy(sent), 1)
    await assertRefused(grid, sent, 'CHAIN', { link: 3, rule: 'capability.md#parent' })
  })
})
