// The block a grid begins with.
import {
  alice,
  bob,
  bytesOf,
  chapter,
  dag,
  dagCid,
  fresh,
  hex,
  mallory,
  node,
  NOW,
  root,
  unhex,
} from './kit.mjs'
import { BAD_POINTS, didKey } from './principal.mjs'
import { genesisOf } from './world.mjs'

export function genesisChapter() {
  const { accept, refuse, ...made } = chapter('genesis', 'spec/message.md#genesis')
  const base = { name: 'vectors', created: NOW - 86_400, nonce: fresh('grid') }
  const takes = (comment, fields = {}) => {
    const block = genesisOf(fields)
    const { format: _format, nonce, ...said } = { ...base, roots: [root.principal], threshold: 1, ...fields }
    accept(
      'genesis',
      comment,
      { input: hex(block) },
      { ...said, nonce: hex(nonce), cid: dagCid(block).toString() },
    )
  }
  const refuses = (comment, fields, code = 'SHAPE') => {
    const input = fields instanceof Uint8Array ? fields : dag(without({ ...whole, ...fields }))
    refuse('genesis', comment, { input: hex(input) }, code)
  }
  const whole = { format: 1, ...base, roots: [root.principal], threshold: 1 }
  const many = Array.from({ length: 17 }, (_, index) => didKey('ed01', keyOf(index)))

  takes('one root')
  takes('two of three roots, of both kinds of key', {
    roots: [root.principal, bob.principal, alice.principal],
    threshold: 2,
  })
  takes('the longest name, in the year 1970', { name: 'n'.repeat(256), created: 0 })

  refuses('not CBOR', unhex('ff'), 'DECODE')
  refuses('a byte after the block', Uint8Array.from([...genesisOf(), 0]), 'DECODE')
  refuses('an array', dag([1]))
  refuses('another format', { format: 2 })
  refuses('a field more', { comment: 'hello' })
  refuses('a field less', { created: undefined })
  refuses('an empty name', { name: '' })
  refuses('a name of 257 bytes', { name: 'n'.repeat(257) })
  refuses('a name of 256 characters and 257 bytes', { name: `${'n'.repeat(255)}ü` })
  refuses('created before 1970', { created: -1 })
  refuses('created as text', { created: '2027-01-15' })
  refuses('created beyond 2^53 − 1', { created: 2n ** 53n })
  refuses('15 random bytes', { nonce: bytesOf(15) })
  refuses('17 random bytes', { nonce: bytesOf(17) })
  refuses('no roots', { roots: [] })
  refuses('17 roots', { roots: many })
  refuses('one root twice', { roots: [root.principal, root.principal] })
  refuses('a root that is a number', { roots: [1] })
  refuses('a root that is no principal', { roots: ['root'] }, 'KEY')
  refuses('a root with a key of small order', { roots: [didKey('ed01', BAD_POINTS['the identity'])] }, 'KEY')
  refuses('a threshold of 0', { threshold: 0 })
  refuses('a threshold above the number of roots', { threshold: 2 })
  refuses('a threshold as text', { threshold: '1' })
  return made

  function keyOf(index) {
    return [alice, mallory, node, root][index]?.publicKey ?? fresh(`root ${index}`, 32)
  }
}

export function without(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
