import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC } from '../../cid.ts'
import { createBranches } from '../branches.ts'
import { encodeCommit } from '../commit.ts'
import { MERGE_FUNCTIONS } from '../functions/builtin.ts'
import { mergeFunctionCid } from '../functions/names.ts'
import {
  bytesOf,
  contentOf,
  headsOf,
  mergeAll,
  NAME,
  openReplica,
  put,
  send,
  textOf,
  write,
} from './replica.ts'
import type { CID } from 'multiformats/cid'
import type { BranchesOptions } from '../branches.ts'
import type { Commit, ContentFunction, NamedCommit, OpenConflict } from '../interface.ts'
import type { Replica } from './replica.ts'

const byLines = { merge: [MERGE_FUNCTIONS['text-lines'].cid] }

/** One base, and two heads on it that nobody has joined. */
async function fork(
  texts: readonly [string, string, string],
  options: Omit<BranchesOptions, 'store'> = {},
  merge: readonly CID[] = byLines.merge,
) {
  const replica = await openReplica(options)
  const base = await write(replica, texts[0], { merge, by: 'alice' })
  const left = await write(replica, texts[1], { onto: [base.cid], by: 'alice' })
  const right = await write(replica, texts[2], { onto: [base.cid], by: 'bob' })
  return { replica, base, left, right }
}

const conflicting = ['a\n', 'alice\n', 'bob\n'] as const

async function conflictsOf({ branches }: Replica): Promise<OpenConflict[]> {
  const found: OpenConflict[] = []
  for await (const conflict of branches.conflicts()) found.push(conflict)
  return found
}

/** Stores a commit as a peer might have made it. */
function putCommit({ store }: Replica, commit: Commit): Promise<CID> {
  return store.transact((transaction) => transaction.putBlock(encodeCommit(commit), CODEC.dagCbor))
}

const codeOf = (result: { readonly refused?: { readonly code: string } | undefined }) => result.refused?.code

describe('a branch', () => {
  test('begins with its first commit, and keeps a linear history', async () => {
    const replica = await openReplica()
    assert.deepEqual(await replica.branches.heads(NAME), [])
    const first = await write(replica, 'one', byLines)
    const second = await write(replica, 'two', { by: 'bob', at: 7, note: 'why' })
    assert.deepEqual(second.commit.parents, [first.cid])
    assert.deepEqual([second.commit.height, second.commit.by, second.commit.at], [2, 'bob', 7])
    assert.deepEqual(second.commit.merge, byLines.merge)
    assert.deepEqual(await headsOf(replica), [second.cid])
  })

  test('shows several heads side by side until they are merged', async () => {
    const { replica, left, right } = await fork(['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'])
    assert.deepEqual(
      new Set((await headsOf(replica)).map(String)),
      new Set([left, right].map(({ cid }) => String(cid))),
    )
    const [head, ...others] = await mergeAll(replica)
    assert.deepEqual(others, [])
    assert.equal(textOf(await contentOf(replica)), 'A\nb\nC\n')
    assert.deepEqual(await headsOf(replica), [head])
  })

  test('refuses a commit of somebody who saw other heads, and one on several heads at once', async () => {
    const { replica, base, left, right } = await fork(conflicting)
    const content = await put(replica, 'x')
    const { branches } = replica
    assert.equal(codeOf(await branches.commit(NAME, content)), 'HEADS')
    assert.equal(codeOf(await branches.commit(NAME, content, { expected: [base.cid] })), 'HEADS')
    const other = (await branches.commit('other', content)).ok ?? assert.fail()
    assert.equal(codeOf(await branches.commit(NAME, content, { onto: [other.cid] })), 'HEADS')
    const both = [right.cid, left.cid]
    assert.ok((await branches.commit(NAME, content, { expected: both, onto: both })).ok)
  })

  test('refuses content that is not here, and names and authors that are none', async () => {
    const { branches } = await openReplica()
    const absent = mergeFunctionCid('absent')
    assert.equal(codeOf(await branches.commit(NAME, absent)), 'MISSING')
    for (const name of ['', 'a:b', ' a', 'a\n', '\ud800', 'a'.repeat(161)])
      await assert.rejects(async () => branches.commit(name, absent), TypeError)
    const replica = await openReplica()
    await assert.rejects(write(replica, 'x', { by: '' }), TypeError)
    await assert.rejects(write(replica, 'x', { at: -1 }), TypeError)
    await assert.rejects(write(replica, 'x', { note: 'n'.repeat(1_025) }), TypeError)
    assert.deepEqual(await headsOf(replica), [])
  })

  test('tells its history newest first, every commit before its ancestors, as far as it is asked', async () => {
    const { replica, base } = await fork(['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'])
    await mergeAll(replica)
    await write(replica, 'end')
    const seen: NamedCommit[] = []
    for await (const each of replica.branches.history(NAME)) seen.push(each)
    assert.deepEqual(
      seen.map(({ commit }) => commit.height),
      [4, 3, 2, 2, 1],
    )
    assert.ok(seen.at(-1)?.cid.equals(base.cid))
    const three: NamedCommit[] = []
    for await (const each of replica.branches.history(NAME, { limit: 3 })) three.push(each)
    assert.deepEqual(
      three.map(({ cid }) => cid),
      seen.slice(0, 3).map(({ cid }) => cid),
    )
  })

  test('has a name of its own: the heads of one are not those of another that begins alike', async () => {
    const replica = await openReplica()
    const content = await put(replica, 'x')
    for (const name of ['a', 'a/b', 'ab', 'ä'])
      assert.ok((await replica.branches.commit(name, content, { by: name })).ok)
    const names: string[] = []
    for await (const name of replica.branches.names()) names.push(name)
    assert.deepEqual(names.sort(), ['a', 'a/b', 'ab', 'ä'].sort())
    for (const name of names) assert.equal((await replica.branches.heads(name)).length, 1)
  })
})

describe('the merge of two heads', () => {
  test('is the same commit wherever it is made', async () => {
    const { replica, base, left, right } = await fork(['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'])
    const other = await openReplica()
    for (const head of [base, right, left]) await send(replica, other, [head.cid])
    assert.deepEqual(await mergeAll(other), await mergeAll(replica))
    const [merged] = await replica.branches.heads(NAME)
    assert.deepEqual(Object.keys(merged?.commit ?? {}).sort(), [
      'content',
      'height',
      'made',
      'merge',
      'parents',
    ])
  })

  test('needs no function where both have one content', async () => {
    const { replica } = await fork(['a', 'b', 'b'], {}, [])
    assert.equal((await mergeAll(replica)).length, 1)
    assert.equal(textOf(await contentOf(replica)), 'b')
  })

  test('of criss-crossed histories merges what they have in common first', async () => {
    const [alice, bob] = [await openReplica(), await openReplica()]
    const first = await write(alice, 'a\nb\nc\nd\ne\n', byLines)
    await send(alice, bob, [first.cid])
    const x = await write(alice, 'A\nb\nc\nd\ne\n')
    const y = await write(bob, 'a\nb\nc\nd\nE\n')
    // Each writes on both, having seen them side by side: x and y are common ancestors, and neither is the lower.
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      await send(from, to, [(from === alice ? x : y).cid])
    const onto = [x.cid, y.cid]
    await write(alice, 'A\nb2\nc\nd\nE\n', { onto, by: 'alice' })
    await write(bob, 'A\nb\nc\nd2\nE\n', { onto, by: 'bob' })
    await send(alice, bob)
    await mergeAll(bob)
    // With x alone as base, the E of both sides would be a change like any other; with both, nobody touched it.
    assert.equal(textOf(await contentOf(bob)), 'A\nb2\nc\nd2\nE\n')
    await send(bob, alice)
    assert.deepEqual(await headsOf(alice), await headsOf(bob))
  })

  test('asks the next function where one finds a conflict, and no next one where one is not here', async () => {
    const cascade = [MERGE_FUNCTIONS['text-lines'].cid, MERGE_FUNCTIONS['last-writer'].cid]
    const { replica } = await fork(conflicting, {}, cascade)
    assert.equal((await mergeAll(replica)).length, 1)
    const [head] = await replica.branches.heads(NAME)
    assert.ok(head?.commit.made?.equals(MERGE_FUNCTIONS['last-writer'].cid))
    const unknown = await fork(conflicting, {}, [mergeFunctionCid('unknown'), ...cascade])
    assert.equal((await mergeAll(unknown.replica)).length, 2)
    assert.equal((await conflictsOf(unknown.replica))[0]?.objections[0]?.code, 'FUNCTION')
  })

  test('asks a function of the host by its CID, with the contents in one order whoever merges', async () => {
    const seen: string[][] = []
    const longest: ContentFunction = {
      ...{ kind: 'content', cid: mergeFunctionCid('longest', 7), name: 'longest', codec: CODEC.raw },
      merge: ({ base, left, right }) => {
        seen.push([base ?? bytesOf(''), left, right].map(textOf))
        return { ok: left.length > right.length ? left : right }
      },
    }
    for (const [mine, theirs] of [
      ['longer', 'x'],
      ['x', 'longer'],
    ] as const) {
      const { replica } = await fork(['base', mine, theirs], { functions: [longest] }, [longest.cid])
      await mergeAll(replica)
      assert.equal(textOf(await contentOf(replica)), 'longer')
    }
    assert.deepEqual(seen[0], seen[1])
    const { store } = await openReplica()
    assert.throws(() => createBranches({ store, functions: [longest, longest] }), TypeError)
  })

  test('begins again when somebody writes meanwhile, and loses nothing', async () => {
    let isFirst = true
    const busy: ContentFunction = {
      ...{ kind: 'content', cid: mergeFunctionCid('busy'), name: 'busy', codec: CODEC.raw },
      merge: async ({ left, right }) => {
        if (isFirst) {
          isFirst = false
          await write(replica, 'third ', { onto: [base.cid], by: 'carol' })
        }
        return { ok: bytesOf([left, right].map(textOf).sort().join('')) }
      },
    }
    const { replica, base } = await fork(['', 'first ', 'second '], { functions: [busy] }, [busy.cid])
    assert.equal((await mergeAll(replica)).length, 1)
    const words = textOf(await contentOf(replica))
      .trim()
      .split(' ')
    assert.deepEqual(words.sort(), ['first', 'second', 'third'])
  })

  test('that is cancelled changes nothing', async () => {
    const { replica, left, right } = await fork(['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'])
    await assert.rejects(replica.branches.merge(NAME, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
    assert.equal((await headsOf(replica)).length, [left, right].length)
  })
})

describe('a refused merge', () => {
  test('is listed with its base and both sides, and loses nothing', async () => {
    const { replica, base, left, right } = await fork(conflicting)
    assert.equal((await mergeAll(replica)).length, 2)
    const [conflict, ...others] = await conflictsOf(replica)
    assert.equal(others.length, 0)
    assert.deepEqual(
      new Set([conflict?.left, conflict?.right].map((side) => String(side?.cid))),
      new Set([left, right].map(({ cid }) => String(cid))),
    )
    assert.deepEqual(
      conflict?.bases.map(({ cid }) => cid),
      [base.cid],
    )
    assert.deepEqual(conflict?.objections, [
      { of: 'text-lines', code: 'CONFLICT', detail: 'both sides changed line 1' },
    ])
    assert.equal(textOf((await conflict?.read(left.commit.content)) ?? bytesOf('')), 'alice\n')
    await mergeAll(replica)
    assert.deepEqual(
      (await conflictsOf(replica)).map(({ id }) => id),
      [conflict?.id],
    )
  })

  test('is resolved by a commit on both heads, and is settled then', async () => {
    const { replica, left, right } = await fork(conflicting)
    await mergeAll(replica)
    const [conflict] = await conflictsOf(replica)
    const id = conflict?.id ?? assert.fail()
    const content = await put(replica, 'both\n')
    const resolved = (await replica.branches.resolve(id, content, { by: 'carol' })).ok ?? assert.fail()
    assert.deepEqual(
      new Set(resolved.commit.parents.map(String)),
      new Set([left, right].map(({ cid }) => String(cid))),
    )
    assert.deepEqual(await headsOf(replica), [resolved.cid])
    assert.deepEqual(await conflictsOf(replica), [])
    assert.equal(codeOf(await replica.branches.resolve(id, content)), 'MISSING')
  })

  test('is settled as well by a head of somebody who has resolved it', async () => {
    const { replica } = await fork(conflicting)
    const other = await openReplica()
    await send(replica, other)
    for (const each of [replica, other]) await mergeAll(each)
    const [conflict] = await conflictsOf(other)
    await other.branches.resolve(conflict?.id ?? assert.fail(), await put(other, 'both\n'))
    await send(other, replica)
    assert.deepEqual(await conflictsOf(replica), [])
    assert.equal(textOf(await contentOf(replica)), 'both\n')
  })

  test('does not keep other heads from being merged', async () => {
    const { replica, base } = await fork(['a\nb\nc\n', 'X\nb\nc\n', 'Y\nb\nc\n'])
    await write(replica, 'a\nb\nC\n', { onto: [base.cid], by: 'carol' })
    assert.equal((await mergeAll(replica)).length, 2)
    assert.equal((await conflictsOf(replica)).length, 1)
  })
})

describe('an escalation', () => {
  const proposing = (proposed: unknown) => ({
    name: 'model',
    propose: async () => proposed as Uint8Array | undefined,
  })

  test('has its proposal kept beside the conflict, and made a commit only where the host accepts it', async () => {
    const escalation = proposing(bytesOf('proposed\n'))
    const waiting = await fork(conflicting, { escalation })
    assert.equal((await mergeAll(waiting.replica)).length, 2)
    const [conflict] = await conflictsOf(waiting.replica)
    assert.deepEqual(
      conflict?.proposals.map(({ proposer }) => proposer),
      ['model'],
    )
    const accepted = await fork(conflicting, { escalation, accepts: () => ({ by: 'host' }) })
    assert.equal((await mergeAll(accepted.replica)).length, 1)
    const [head] = await accepted.replica.branches.heads(NAME)
    assert.deepEqual(
      [head?.commit.proposer, head?.commit.by, head?.commit.made],
      ['model', 'host', undefined],
    )
    assert.equal(textOf(await contentOf(accepted.replica)), 'proposed\n')
  })

  test('is shown the contents, and is not asked where functions agree, nor twice', async () => {
    const shown: string[] = []
    const escalation = {
      name: 'model',
      propose: async (conflict: OpenConflict) => {
        for (const { commit } of [...conflict.bases, conflict.left, conflict.right])
          shown.push(textOf((await conflict.read(commit.content)) ?? bytesOf('')))
        return undefined
      },
    }
    const { replica } = await fork(conflicting, { escalation })
    for (let times = 0; times < 2; times++) await mergeAll(replica)
    assert.deepEqual(shown.toSorted(), ['a\n', 'alice\n', 'bob\n'])
    const agreed = await fork(['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'], { escalation })
    await mergeAll(agreed.replica)
    assert.equal(shown.length, 3)
  })

  test('that fails, or proposes what is no content, leaves the conflict as it is', async () => {
    const failing = { name: 'model', propose: () => Promise.reject(new Error('out of reach')) }
    const tooLong = new Uint8Array(1024 * 1024 + 1)
    for (const escalation of [failing, proposing('text'), proposing(tooLong), proposing(undefined)]) {
      const { replica } = await fork(conflicting, { escalation, accepts: () => ({}) })
      assert.equal((await mergeAll(replica)).length, 2)
      const [conflict] = await conflictsOf(replica)
      assert.equal(conflict?.objections.at(-1)?.of, 'model')
      assert.deepEqual(conflict?.proposals, [])
    }
    await assert.rejects(fork(conflicting, { escalation: { ...failing, name: '' } }), TypeError)
  })

  test('may propose nothing but the codec of the heads', async () => {
    const escalation = proposing(bytesOf('no dag-cbor'))
    const replica = await openReplica({ escalation, accepts: () => ({}) })
    const counts = [1, 2, 3].map((count) => encodeDagCbor({ count }))
    const base = await write(replica, counts[0]!, { merge: [MERGE_FUNCTIONS.json.cid] }, CODEC.dagCbor)
    for (const count of counts.slice(1)) await write(replica, count, { onto: [base.cid] }, CODEC.dagCbor)
    assert.equal((await mergeAll(replica)).length, 2)
    assert.equal((await conflictsOf(replica))[0]?.objections.at(-1)?.code, 'SHAPE')
  })
})

describe('a head of somebody else', () => {
  test('that is an ancestor of ours changes nothing', async () => {
    const replica = await openReplica()
    const first = await write(replica, 'one', byLines)
    const second = await write(replica, 'two')
    assert.deepEqual((await replica.branches.addHead(NAME, first.cid)).ok, [second.cid])
  })

  test('is refused when something of it is not here, or is no commit', async () => {
    const [alice, bob] = [await openReplica(), await openReplica()]
    const first = await write(alice, 'one', byLines)
    const second = await write(alice, 'two')
    assert.equal(codeOf(await bob.branches.addHead(NAME, second.cid)), 'MISSING')
    await putCommit(bob, second.commit)
    assert.equal(codeOf(await bob.branches.addHead(NAME, second.cid)), 'MISSING')
    await putCommit(bob, first.commit)
    assert.equal(codeOf(await bob.branches.addHead(NAME, second.cid)), 'MISSING')
    assert.equal(codeOf(await bob.branches.addHead(NAME, await put(bob, 'no commit'))), 'COMMIT')
    assert.equal(
      codeOf(await bob.branches.addHead(NAME, await put(bob, encodeDagCbor({}), CODEC.dagCbor))),
      'COMMIT',
    )
    for (const text of ['one', 'two']) await put(bob, text)
    assert.deepEqual((await bob.branches.addHead(NAME, second.cid)).ok, [second.cid])
  })

  test('is refused when a height of its history is false', async () => {
    const replica = await openReplica()
    const first = await write(replica, 'one', byLines)
    const { content, merge } = first.commit
    for (const height of [3, 4]) {
      const lying = await putCommit(replica, { content, merge, parents: [first.cid], height })
      assert.equal(codeOf(await replica.branches.addHead(NAME, lying)), 'COMMIT')
      const above = await putCommit(replica, { content, merge, parents: [lying], height: height + 1 })
      assert.equal(codeOf(await replica.branches.addHead(NAME, above)), 'COMMIT')
    }
  })

  test('is refused when a merge in its history is not what the function makes', async () => {
    const { replica, left, right } = await fork(['a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n'])
    const [cid] = await mergeAll(replica)
    const [{ commit } = assert.fail()] = await replica.branches.heads(NAME)
    const refusedAs = async (changes: Partial<Commit>): Promise<string | undefined> => {
      const other = await openReplica()
      await send(replica, other, [left.cid, right.cid])
      const forged = await putCommit(other, { ...commit, content: await put(other, 'mallory\n'), ...changes })
      const above = await putCommit(other, {
        content: left.commit.content,
        merge: commit.merge,
        parents: [forged],
        height: 4,
      })
      assert.equal(
        codeOf(await other.branches.addHead(NAME, above)),
        codeOf(await other.branches.addHead(NAME, forged)),
      )
      return codeOf(await other.branches.addHead(NAME, forged))
    }
    assert.equal(await refusedAs({}), 'MERGE')
    assert.equal(await refusedAs({ content: left.commit.content }), 'MERGE')
    assert.equal(await refusedAs({ made: mergeFunctionCid('same') }), 'MERGE')
    assert.equal(await refusedAs({ merge: [] }), 'MERGE')
    // The true one passes, as a head and below one.
    const other = await openReplica()
    await send(replica, other)
    assert.deepEqual(await headsOf(other), [cid])
  })

  test('with a merge by a function that is not here is refused, and can come again later', async () => {
    const own: ContentFunction = {
      ...{ kind: 'content', cid: mergeFunctionCid('own'), name: 'own', codec: CODEC.raw },
      merge: ({ left }) => ({ ok: left }),
    }
    const { replica, left, right } = await fork(conflicting, { functions: [own] }, [own.cid])
    const [cid] = await mergeAll(replica)
    const other = await openReplica()
    await send(replica, other, [left.cid, right.cid])
    await putCommit(other, (await replica.branches.heads(NAME))[0]?.commit ?? assert.fail())
    assert.equal(codeOf(await other.branches.addHead(NAME, cid ?? assert.fail())), 'FUNCTION')
    assert.equal((await headsOf(other)).length, 2)
    const later = createBranches({ store: other.store, functions: [own] })
    assert.deepEqual((await later.addHead(NAME, cid ?? assert.fail())).ok, [cid])
  })

  test('is refused when there are as many heads as a branch may have', async () => {
    const replica = await openReplica()
    const base = await write(replica, 'base', byLines)
    const { branches } = replica
    const content = await put(replica, 'x')
    for (let at = 1; at <= 64; at++)
      assert.ok((await branches.commit(NAME, content, { onto: [base.cid], at })).ok)
    assert.equal(codeOf(await branches.commit(NAME, content, { onto: [base.cid], at: 65 })), 'LIMIT')
    const { merge } = base.commit
    const one = await putCommit(replica, { content, merge, parents: [base.cid], height: 2, at: 65 })
    assert.equal(codeOf(await branches.addHead(NAME, one)), 'LIMIT')
    assert.equal((await mergeAll(replica)).length, 1)
  })
})
