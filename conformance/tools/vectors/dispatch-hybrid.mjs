// Scenarios with people who are a set of two keys, Ed25519 and ML-DSA-65: both have to sign, at every place.
import { flip } from './key-set.mjs'
import { alice, hex, ivy, ivyEd, mallory, root } from './kit.mjs'
import { adoption, echo, request, token } from './world.mjs'
import { decided, echoed, hello, hinted, play, step } from './scenario.mjs'

/** How a token names a key set as its holder. */
const toIvy = { cnf: new Map([[-65537, ivy.principal]]) }
const admitted = { keySets: [hex(ivy.keySet)] }

export function hybridScenarios(made) {
  const answer = echoed(echo, hello)
  const granted = token({ by: root, after: adoption, ...toIvy })
  const ask = ({ by = ivy, chain = [granted], ...parts } = {}) =>
    request({ by, arguments: hello, capabilities: chain.map(({ bytes }) => bytes), ...parts })
  const delegated = (cose) => token({ by: ivy, to: alice, after: granted, cose })
  const half = (algorithm, change) => ({
    each: (key) => (key.algorithm === algorithm ? { change } : {}),
  })
  const only = (key) => ({ parts: [key] })
  const [mlDsa] = ivy.parts
  const accept = (comment, message) => play(made, 'valid', comment, [step('echo', message, answer)], admitted)
  const refuse = (comment, message, code, rule, { link, shows = 'DENIED', state = admitted } = {}) =>
    play(made, 'invalid', comment, [step(comment, message, hinted(shows), decided(code, rule, link))], state)

  accept('a hybrid calls by what was granted to its set of keys', ask())
  accept('alice calls by what a hybrid delegated to her', ask({ by: alice, chain: [granted, delegated()] }))

  const signature = 'message.md#signature'
  for (const { algorithm } of ivy.parts) {
    const forged = half(algorithm, flip)
    refuse(`a hybrid whose ${algorithm} signature is forged`, ask({ cose: forged }), 'SIG', signature)
    const chain = [granted, delegated(forged)]
    refuse(
      `a link by a hybrid whose ${algorithm} signature is forged`,
      ask({ by: alice, chain }),
      ...['SIG', 'capability.md#signature', { link: 2 }],
    )
  }
  for (const key of ivy.parts)
    refuse(`a hybrid that signs with ${key.algorithm} alone`, ask({ cose: only(key) }), 'ALG', signature)
  refuse(
    'a link by a hybrid that signed with ML-DSA-65 alone',
    ask({ by: alice, chain: [granted, delegated(only(mlDsa))] }),
    ...['ALG', 'capability.md#signature', { link: 2 }],
  )
  refuse('one key of a hybrid, for itself', ask({ by: ivyEd }), 'POP', 'capability.md#possession', {
    link: 1,
  })
  refuse(
    'somebody else with what was granted to a hybrid',
    ask({ by: mallory }),
    'POP',
    'capability.md#possession',
    { link: 1 },
  )
  refuse('a hybrid whose set is not here', ask(), 'MISSING', signature, { state: {}, shows: 'MISSING' })
}
