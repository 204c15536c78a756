// How the code behind a protocol_cid is run.
import { bytesOf, cbor, chapter, cidOf, dag, dagCid, hex, rawCid, unhex, utf8 } from './kit.mjs'
import { without } from './genesis.mjs'
import { echo, store } from './world.mjs'

export function descriptorChapter() {
  const { accept, refuse, ...made } = chapter('descriptor', 'spec/dispatch.md#descriptor')
  const code = rawCid(utf8('code'))
  const whole = {
    ...{ format: 1, runtime: 'wasi', code, entry: 'reactor', methods: ['count', 'index'], pure: true },
    ...{ imports: [], limits: {}, public: false },
  }
  const takes = (comment, fields = {}) => {
    const block = fields instanceof Uint8Array ? fields : dag(without({ ...whole, ...fields }))
    const { format: _format, ...said } = without({ ...whole, ...fields })
    const typed = said.types === undefined ? {} : { types: said.types.toString() }
    const expected = { ...said, ...typed, code: said.code.toString(), cid: dagCid(block).toString() }
    accept('descriptor', comment, { input: hex(block) }, expected)
  }
  const refuses = (comment, fields) => {
    const input = fields instanceof Uint8Array ? fields : dag(without({ ...whole, ...fields }))
    refuse('descriptor', comment, { input: hex(input) }, 'DESCRIPTOR')
  }

  takes('a WASI reactor')
  takes('a WASI command with a name', { entry: 'command', methods: ['run'], name: 'word index' })
  takes('every limit', { limits: { fuel: 1, memoryBytes: 65536, outputBytes: 0, wallMs: 1000 } })
  takes('code of several blocks', { code: dagCid(utf8('tree')) })
  takes('imports', { imports: ['a', 'b'] })
  for (const runtime of ['native', 'container', 'verifier', 'vm', 'process', 'webgpu'])
    takes(`the runtime ${runtime}`, { runtime })
  takes('public and not pure', { public: true, pure: false })
  takes('names sorted by their bytes, not by their length', { methods: ['aa', 'b'] })
  takes('types by their CID', { types: dagCid(utf8('types')) })
  takes('64 methods', { methods: Array.from({ length: 64 }, (_, index) => `m${10 + index}`) })
  const readBack = (handler, methods, fields) =>
    accept(
      'descriptor',
      `the ${fields.name} handler`,
      { input: hex(handler.descriptor) },
      {
        ...{ runtime: 'native', code: handler.codeCid.toString(), entry: 'call', methods, imports: [] },
        ...fields,
        cid: handler.protocol.toString(),
      },
    )
  readBack(echo, ['echo'], { name: 'echo', pure: true, public: true, limits: { memoryBytes: 1_048_576 } })
  readBack(store, ['block.get', 'block.put', 'delete', 'get', 'list', 'put'], {
    ...{ name: 'store', pure: false, public: false },
    limits: { memoryBytes: 16_777_216 },
  })

  refuses('not CBOR', unhex('ff'))
  refuses('a text', dag('descriptor'))
  refuses('a map out of order', unhex('a2 6673686f727465 00 6161 00'))
  refuses('integer keys', cbor(new Map([[1, 1]])))
  refuses('another format', { format: 2 })
  refuses('no format', { format: undefined })
  refuses('a field that is not known', { network: true })
  refuses('__proto__', unhex('a1 69 5f5f70726f746f5f5f 00'))
  refuses('a runtime that is not known', { runtime: 'docker' })
  refuses('no code', { code: undefined })
  refuses('code of the codec cbor', { code: cidOf(0x51, utf8('code')) })
  refuses('code that is a dag-pb block', { code: cidOf(0x70, utf8('code')) })
  refuses('code as text', { code: code.toString() })
  refuses('no entry', { entry: undefined })
  refuses('an empty entry', { entry: '' })
  refuses('no methods', { methods: [] })
  refuses('the method *', { methods: ['*'] })
  refuses('methods out of order', { methods: ['b', 'a'] })
  refuses('a method twice', { methods: ['a', 'a'] })
  refuses('65 methods', { methods: Array.from({ length: 65 }, (_, index) => `m${10 + index}`) })
  refuses('a method name of 257 bytes', { methods: ['m'.repeat(257)] })
  refuses('a method that is bytes', { methods: [bytesOf(1)] })
  refuses('imports out of order', { imports: ['b', 'a'] })
  refuses('no imports', { imports: undefined })
  refuses('pure as a number', { pure: 1 })
  refuses('no public', { public: undefined })
  refuses('no limits', { limits: undefined })
  refuses('a limit that is not known', { limits: { threads: 1 } })
  refuses('a limit that is negative', { limits: { fuel: -1 } })
  refuses('a limit with a fraction', { limits: { fuel: 1.5 } })
  refuses('types that are a raw block', { types: rawCid(utf8('types')) })
  refuses('types in the descriptor itself', { types: { format: 1, methods: {} } })
  refuses('types that are null', { types: null })
  refuses('an empty name', { name: '' })
  refuses('a name that is null', { name: null })
  return made
}
