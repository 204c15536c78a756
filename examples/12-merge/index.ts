/**
 * Two stores, one branch: alice and bob write apart, hand each other what they wrote, and come to the same state. What
 * no function can join waits for somebody, and both versions stay readable meanwhile.
 */
import {
  createBranches,
  createMemoryBackend,
  createStore,
  MERGE_FUNCTIONS,
  nobleCrypto,
} from 'promisegrid/promisebase'
import type { Branches, CommitTerms, NamedCommit, Store } from 'promisegrid/promisebase'

interface Replica {
  readonly store: Store
  readonly branches: Branches
}

const LIST = 'shopping'
const [alice, bob] = [await open(), await open()]

// The first commit says how the branch is merged: line by line. Who has the history has the rule.
await write(alice, 'bread\nmilk\ntea\n', { by: 'alice', merge: [MERGE_FUNCTIONS['text-lines'].cid] })
await hand(alice, bob)

// Apart from one another, each changes a line of its own; both merge, and make the very same commit.
await write(alice, 'rye bread\nmilk\ntea\n', { by: 'alice' })
await write(bob, 'bread\nmilk\ngreen tea\n', { by: 'bob' })
await Promise.all([hand(alice, bob), hand(bob, alice)])
await show('two heads at alice', alice)
for (const { branches } of [alice, bob]) await branches.merge(LIST)
await show('merged at alice', alice)
console.log('bob made the same commit:', String(await headOf(alice)) === String(await headOf(bob)))

// One line, two wishes: the merge is refused, and nothing is lost.
await write(alice, 'rye bread\noat milk\ngreen tea\n', { by: 'alice' })
await write(bob, 'rye bread\nbutter milk\ngreen tea\n', { by: 'bob' })
await hand(bob, alice)
const refused = await alice.branches.merge(LIST)
for (const { left, right, objections } of refused.ok?.conflicts ?? []) {
  console.log(
    `in conflict: ${[left, right]
      .map(({ commit }) => commit.by)
      .sort()
      .join(' and ')}`,
  )
  console.log(`${objections[0]?.of} says: ${objections[0]?.detail}`)
}

// A program may be asked, such as a language model. What it proposes is kept; the host decides whether it counts.
const assisted = createBranches({
  store: alice.store,
  escalation: {
    name: 'peacemaker',
    propose: async () => utf8('rye bread\noat milk\nbutter milk\ngreen tea\n'),
  },
  accepts: ({ objections }) => (objections.length === 1 ? { by: 'alice' } : undefined),
})
await assisted.merge(LIST)
await show('joined at alice', alice)

// Bob has not heard of any of it; the commit he is handed has his own as an ancestor.
await hand(alice, bob)
await show('at bob', bob)
for await (const { commit } of bob.branches.history(LIST))
  console.log(commit.height, commit.made === undefined ? `${commit.by}${suggested(commit)}` : 'text-lines')

async function open(): Promise<Replica> {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nobleCrypto })
  return { store, branches: createBranches({ store }) }
}

async function write({ store, branches }: Replica, text: string, terms: CommitTerms): Promise<void> {
  const content = await store.transact((transaction) => transaction.putBlock(utf8(text)))
  const written = await branches.commit(LIST, content, terms)
  if (written.refused !== undefined) throw new Error(written.refused.detail)
}

/** What a peer would send: the blocks of the history, then the names of the heads. */
async function hand(from: Replica, to: Replica): Promise<void> {
  const heads = await from.branches.heads(LIST)
  using snapshot = from.store.snapshot()
  await to.store.transact(async (transaction) => {
    for await (const { cid, commit } of from.branches.history(LIST))
      for (const block of [cid, commit.content])
        transaction.putBlockAs(block, (await snapshot.getBlock(block)) ?? utf8(''))
  })
  for (const { cid } of heads) await to.branches.addHead(LIST, cid)
}

async function show(title: string, { store, branches }: Replica): Promise<void> {
  using snapshot = store.snapshot()
  const texts: string[] = []
  for (const { commit } of await branches.heads(LIST))
    texts.push(
      new TextDecoder()
        .decode(await snapshot.getBlock(commit.content))
        .trim()
        .replaceAll('\n', ', '),
    )
  console.log(`${title}: ${texts.sort().join(' | ')}`)
}

async function headOf({ branches }: Replica): Promise<NamedCommit['cid'] | undefined> {
  return (await branches.heads(LIST))[0]?.cid
}

function suggested({ proposer }: NamedCommit['commit']): string {
  return proposer === undefined ? '' : `, as ${proposer} proposed`
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
