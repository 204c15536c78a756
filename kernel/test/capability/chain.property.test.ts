/** Random chains, really signed and dispatched, against the model: kept exactly when no use was added on the way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { foundGrid, people } from '../fixture.ts'
import { watched } from '../handlers.ts'
import type { Budget, Capability, Resource, Signer } from '../../index.ts'

const { node, alice, bob, carol } = people
const HOLDERS: readonly Signer[] = [alice, bob, carol]
const METHODS = ['add', 'same', 'wait']
const PREFIXES = ['', 'a', 'ab', 'b']
const SECONDS = [50, 100, 200]

/** One link, in numbers that the test turns into a token and the model into sets. */
interface Link {
  readonly holder: number
  readonly methods: readonly string[]
  readonly prefix: string
  readonly expires: number
  readonly fuel: number | undefined
  readonly isBearer: boolean
}

const link: fc.Arbitrary<Link> = fc.record({
  holder: fc.nat(2),
  methods: fc.oneof(fc.constant(['*']), fc.subarray(METHODS, { minLength: 1 })),
  prefix: fc.constantFrom(...PREFIXES),
  expires: fc.constantFrom(...SECONDS),
  fuel: fc.option(fc.constantFrom(0, 1, 1_000), { nil: undefined }),
  isBearer: fc.constant(false),
})

/** A chain whose links mostly narrow the one before, so that many of them are honest. */
const links: fc.Arbitrary<readonly Link[]> = fc
  .array(fc.tuple(link, fc.nat(3)), { minLength: 1, maxLength: 5 })
  .map((drawn) => {
    const chain: Link[] = []
    for (const [each, luck] of drawn) {
      const before = chain[chain.length - 1]
      chain.push(before === undefined || luck === 0 ? each : { ...before, holder: each.holder })
    }
    return chain
  })

const request = fc.record({
  links,
  sender: fc.option(fc.nat(2), { nil: undefined }),
  method: fc.constantFrom(...METHODS),
  prefix: fc.constantFrom(...PREFIXES, 'abc'),
})

/** Whether a chain allows a request: every link allows every use that the ones below it allow, and this one. */
function isAllowed({ links: chain, sender, method, prefix }: FcValue<typeof request>): boolean {
  const last = chain[chain.length - 1] as Link
  const uses = (each: Link): Set<string> =>
    new Set(
      [...METHODS, 'other'].flatMap((one) =>
        ['', 'a', 'aa', 'ab', 'abc', 'b', 'ba'].flatMap((key) =>
          [0, 60, 150].flatMap((second) =>
            [0, 1, 500, Infinity]
              .filter(
                (fuel) =>
                  (each.methods[0] === '*' || each.methods.includes(one)) &&
                  key.startsWith(each.prefix) &&
                  second < each.expires &&
                  fuel <= (each.fuel ?? Infinity),
              )
              .map((fuel) => `${one} ${key} ${second} ${fuel}`),
          ),
        ),
      ),
    )
  const sets = chain.map(uses)
  const isMonotone = sets.every(
    (set, index) => index === 0 || [...set].every((use) => sets[index - 1]?.has(use)),
  )
  const isHeld = (sender ?? last.holder) === last.holder
  return (
    isMonotone &&
    isHeld &&
    sets[sets.length - 1]?.has(`${method} ${prefix} 0 ${last.fuel === 0 ? 0 : 1}`) === true
  )
}

type FcValue<T> = T extends fc.Arbitrary<infer V> ? V : never

test('a message is executed exactly when every link of its chain, and the message, stay inside the one before', async () => {
  const watch = watched('watched', { run: () => new Uint8Array(0) })
  const grid = await foundGrid({ handlers: [watch.handler] })
  const space = (prefix: string): Resource => grid.space('notes', prefix)
  const seen = { kept: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(request, async (drawn) => {
      const chain: Capability[] = []
      for (const each of drawn.links) {
        const parent = chain[chain.length - 1]
        const budget: Budget | undefined = each.fuel === undefined ? undefined : { fuel: each.fuel }
        chain.push(
          grid.grant({
            by:
              parent === undefined
                ? node
                : (HOLDERS.find(({ principal }) => principal === parent.holder) as Signer),
            parent: parent ?? null,
            holder: (HOLDERS[each.holder] as Signer).principal,
            resource: space(each.prefix),
            methods: each.methods,
            expires: grid.time.now + each.expires,
            caveats: budget === undefined ? {} : { budget },
          }),
        )
      }
      const last = drawn.links[drawn.links.length - 1] as Link
      const as = HOLDERS[drawn.sender ?? last.holder] as Signer
      const answer = await grid.send({
        as,
        chain,
        protocol: grid.protocol('watched'),
        resource: space(drawn.prefix),
        method: drawn.method,
      })
      // No fuel at all, or less than this call takes, stops at the run and not before.
      const isAuthorised = answer.code === 'kept' || answer.code === 'BUDGET_FUEL'
      assert.equal(isAuthorised, isAllowed(drawn), answer.code)
      seen[isAuthorised ? 'kept' : 'refused'] += 1
    }),
    { numRuns: 300 },
  )
  assert.ok(seen.kept > 30 && seen.refused > 30, JSON.stringify(seen))
})
