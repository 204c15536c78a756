// Tokens by themselves: form, holder, caveats, signature. Chains of them are in the chapter dispatch.
import {
  alice,
  bob,
  bytesOf,
  chapter,
  claimsOf,
  concat,
  dagCid,
  fresh,
  hex,
  mallory,
  mapInOrder,
} from './kit.mjs'
import { node, NOW, HOUR, object, rawCid, root, unhex, utf8 } from './kit.mjs'
import { caveatTokens } from './grant.mjs'
import { BAD_POINTS, didKey } from './principal.mjs'
import { adoption, begin, codeOf, echo, grid, store } from './world.mjs'

export function capabilityChapter() {
  begin('capability')
  const { accept, refuse, ...made } = chapter('capability', 'spec/capability.md#token')
  const base = {
    ...{ iss: root.principal, exp: NOW + HOUR, cti: fresh('token'), grid },
    ...{ cnf: new Map([[1, alice.coseKey]]), resource: codeOf(echo), methods: ['echo'] },
  }
  const said = {
    ...{ issuer: root.principal, expires: NOW + HOUR, nonce: hex(fresh('token')), grid: grid.toString() },
    ...{ holder: alice.principal, methods: ['echo'] },
    resource: { kind: 'code', protocol: echo.protocol.toString() },
  }
  const build = ({ by = root, kind = 'capability', cose, raw, ...claims }) =>
    object({ by, kind, cose, claims: raw ?? { ...base, iss: by.principal, ...claims } })
  const takes = (comment, parts, expected = {}) => {
    const { bytes, id } = build(parts)
    const whole = { id: id.toString(), ...said, ...expected }
    accept('token', comment, { input: hex(bytes) }, whole)
  }
  const refuses = (code, comment, parts) => refuse('token', comment, { input: hex(build(parts).bytes) }, code)

  takes('the claims that must be there, held by alice', {})
  takes('issued with P-256', { by: bob }, { issuer: bob.principal })
  takes('held by a P-256 key', { cnf: new Map([[1, bob.coseKey]]) }, { holder: bob.principal })
  takes('held by whoever has it', { cnf: undefined, bearer: true }, { holder: 'bearer' })
  const nobody = BAD_POINTS['the identity']
  takes(
    'held by a key that is not admitted: that is seen when it signs',
    { cnf: new Map([[1, new Map([...alice.coseKey, [-2, nobody]])]]) },
    { holder: didKey('ed01', nobody) },
  )
  takes('a window of time', { nbf: NOW }, { notBefore: NOW })
  takes('for one node', { aud: node.principal }, { audience: node.principal })
  takes('delegated from another', { parent: adoption.id }, { parent: adoption.id.toString() })
  takes('every method', { methods: ['*'] }, { methods: ['*'] })
  takes('methods sorted by their bytes', { methods: ['aa', 'b', 'ü'] }, { methods: ['aa', 'b', 'ü'] })
  const many = Array.from({ length: 64 }, (_, index) => `m${10 + index}`)
  takes('64 methods', { methods: many }, { methods: many })
  takes(
    'everything of the node',
    { resource: ['node', node.principal] },
    { resource: { kind: 'node', owner: node.principal } },
  )
  takes(
    'a handler by its code',
    { resource: ['code', store.codeCid] },
    { resource: { kind: 'code', protocol: store.codeCid.toString() } },
  )
  takes(
    'keys of a space',
    { resource: ['space', node.principal, 'notes', utf8('a/')] },
    { resource: { kind: 'space', owner: node.principal, space: 'notes', prefix: hex(utf8('a/')) } },
  )
  takes(
    'labels below a path',
    { resource: ['label', node.principal, 'team/red'] },
    { resource: { kind: 'label', owner: node.principal, prefix: 'team/red' } },
  )
  takes(
    'a label path in composed form',
    { resource: ['label', node.principal, 'caf\u00e9'] },
    { resource: { kind: 'label', owner: node.principal, prefix: 'caf\u00e9' } },
  )
  const budget = { fuel: 1000, memoryBytes: 65536, outputBytes: 0, wallMs: 2 ** 53 - 1 }
  takes('every budget', { caveats: { budget } }, { budget })
  takes('one budget', { caveats: { budget: { fuel: 0 } } }, { budget: { fuel: 0 } })
  takes('kid in the unprotected header', {
    cose: {
      header: new Map([
        [1, -19],
        [16, 'promisegrid-capability+cwt'],
      ]),
      unprotected: new Map([[4, root.kid]]),
    },
  })
  takes('meta means nothing', { meta: { bearer: true, methods: ['*'] } })
  const room = 8192 - build({ meta: bytesOf(4000) }).bytes.length
  takes('8,192 bytes', { meta: bytesOf(4000 + room) })

  refuses('LIMIT', '8,193 bytes', { meta: bytesOf(4001 + room) })
  refuse('token', 'nothing', { input: '' }, 'DECODE')
  refuse('token', 'a token and a byte', { input: hex(concat(build({}).bytes, [0])) }, 'DECODE')
  refuse('token', 'a token under tag 61', { input: hex(concat(unhex('d83d'), build({}).bytes)) }, 'SHAPE')
  refuses('SHAPE', 'a receipt is no capability', { kind: 'receipt' })
  refuses('SHAPE', 'a policy is no capability', { kind: 'policy' })
  refuses('SHAPE', 'typ of a plain CWT', {
    cose: {
      header: new Map([
        [1, -19],
        [4, root.kid],
        [16, 'application/cwt'],
      ]),
    },
  })
  refuses('SHAPE', 'no typ', {
    cose: {
      header: new Map([
        [1, -19],
        [4, root.kid],
      ]),
    },
  })
  refuses('SHAPE', 'typ in the unprotected header', {
    cose: {
      header: new Map([
        [1, -19],
        [4, root.kid],
      ]),
      unprotected: new Map([[16, 'promisegrid-capability+cwt']]),
    },
  })
  refuses('SHAPE', 'crit', {
    cose: {
      header: new Map([
        [1, -19],
        [2, [16]],
        [4, root.kid],
        [16, 'promisegrid-capability+cwt'],
      ]),
    },
  })
  refuses('SHAPE', 'no payload', { cose: { embedded: null } })
  refuses('SHAPE', 'no tag', { cose: { tag: undefined } })
  refuses('SHAPE', 'a kid in both headers', { cose: { unprotected: new Map([[4, root.kid]]) } })
  refuses('ALG', 'alg −8', {
    cose: {
      header: new Map([
        [1, -8],
        [4, root.kid],
        [16, 'promisegrid-capability+cwt'],
      ]),
    },
  })
  refuses('CANON', 'claims out of order', { raw: mapInOrder(...[...claimsOf(base)].reverse()) })
  refuses('DECODE', 'exp twice', { raw: mapInOrder([1, root.principal], [4, 1], [4, 2]) })
  for (const name of ['iss', 'exp', 'cti', 'grid', 'resource', 'methods'])
    refuses('SHAPE', `without ${name}`, { [name]: undefined })
  refuses('SHAPE', 'a nonce of 15 bytes', { cti: bytesOf(15) })
  refuses('SHAPE', 'aud as a list', { aud: [node.principal] })
  refuses('SHAPE', 'exp with a fraction', { exp: NOW + 0.1 })
  refuses('SHAPE', 'a claim of messages: method', { method: 'echo' })
  refuses('SHAPE', 'a label that is not assigned', { [-65599]: true })
  refuses('SHAPE', 'a grid of codec raw', { grid: rawCid(utf8('x')) })
  refuses('SHAPE', 'a parent that is a block', { parent: dagCid(utf8('x')) })
  refuses('SHAPE', 'neither cnf nor bearer', { cnf: undefined })
  refuses('SHAPE', 'both cnf and bearer', { bearer: true })
  refuses('SHAPE', 'bearer: false', { cnf: undefined, bearer: false })
  refuses('SHAPE', 'two confirmations', {
    cnf: new Map([
      [1, alice.coseKey],
      [3, alice.kid],
    ]),
  })
  refuses('SHAPE', 'a kid instead of a key', { cnf: new Map([[3, alice.kid]]) })
  refuses('KEY', 'the CID of another codec as a key set', {
    cnf: new Map([[-65537, dagCid(utf8('keys')).toString()]]),
  })
  refuses('SHAPE', 'an empty cnf', { cnf: new Map() })
  refuses('KEY', 'a symmetric key', {
    cnf: new Map([
      [
        1,
        new Map([
          [1, 4],
          [-1, bytesOf(32)],
        ]),
      ],
    ]),
  })
  refuses('KEY', 'a key with its private part', {
    cnf: new Map([[1, new Map([...alice.coseKey, [-4, alice.secret]])]]),
  })
  refuses('KEY', 'a key without alg', {
    cnf: new Map([[1, new Map([...alice.coseKey].filter(([key]) => key !== 3))]]),
  })
  const offCurve = new Map([...bob.coseKey, [-3, bytesOf(32, 7)]])
  refuses('KEY', 'a point that is not on P-256', { cnf: new Map([[1, offCurve]]) })
  refuses('SHAPE', 'no methods', { methods: [] })
  refuses('SHAPE', 'methods out of order', { methods: ['b', 'aa'] })
  refuses('SHAPE', 'a method twice', { methods: ['echo', 'echo'] })
  refuses('SHAPE', '* beside another method', { methods: ['*', 'echo'] })
  refuses('SHAPE', '65 methods', { methods: Array.from({ length: 65 }, (_, index) => `m${10 + index}`) })
  refuses('SHAPE', 'an empty method', { methods: [''] })
  refuses('SHAPE', 'methods as text', { methods: 'echo' })
  refuses('SHAPE', 'a resource of an unknown kind', { resource: ['host', node.principal] })
  refuses('SHAPE', 'a resource as text', { resource: `node ${node.principal}` })
  refuses('SHAPE', 'a space without an owner', { resource: ['space', 'notes', utf8('a')] })
  for (const path of ['a/../b', 'a//b', 'a/', '%2e%2e', 'cafe\u0301'])
    refuses('SHAPE', `a label path in another spelling: ${JSON.stringify(path)}`, {
      resource: ['label', node.principal, path],
    })
  refuses('CAVEAT', 'a caveat that is not known', { caveats: { count: 10 } })
  refuses('CAVEAT', 'a caveat that is not known beside one that is', {
    caveats: { budget: { fuel: 1 }, delegable: false },
  })
  refuses('CAVEAT', 'a caveat with an integer name', { caveats: new Map([[1, 10]]) })
  refuses('CAVEAT', 'a budget that is not known', { caveats: { budget: { calls: 10 } } })
  refuses('SHAPE', 'no caveat in the caveats', { caveats: {} })
  refuses('SHAPE', 'caveats as a list', { caveats: ['budget'] })
  refuses('SHAPE', 'no amount in the budget', { caveats: { budget: {} } })
  refuses('SHAPE', 'a budget with a fraction', { caveats: { budget: { fuel: 10.1 } } })
  refuses('SHAPE', 'a budget as text', { caveats: { budget: { fuel: '10' } } })
  refuses('SHAPE', 'a budget below zero', { caveats: { budget: { fuel: -1 } } })
  refuses('SHAPE', 'a budget of 2^64 − 1', { caveats: { budget: { fuel: 2n ** 64n - 1n } } })
  caveatTokens(takes, refuses)
  refuses('KEY', 'iss that is no principal', { iss: 'root' })
  refuses('KEY', 'iss with a key of small order', { iss: didKey('ed01', BAD_POINTS['the identity']) })
  refuses('KEY', 'kid of somebody else', { cose: { kid: mallory.kid } })
  refuses('ALG', 'the algorithm of another kind of key', { iss: bob.principal })
  refuses('SIG', 'signed by somebody else', { by: mallory, iss: root.principal, cose: { kid: root.kid } })
  refuses('SIG', 'the claims of a token under the signature of another', {
    cose: { signature: lastBytes(build({ exp: NOW }).bytes) },
  })
  refuses('SIG', 'a byte of the signature changed', {
    cose: { change: (signature) => signature.with(40, signature[40] ^ 1) },
  })
  refuses('SIG', 'signed as if it had no typ', {
    cose: {
      signature: lastBytes(
        build({
          cose: {
            header: new Map([
              [1, -19],
              [4, root.kid],
            ]),
          },
        }).bytes,
      ),
    },
  })
  return made
}

/** The signature at the end of an object. */
function lastBytes(bytes) {
  return bytes.slice(-64)
}
