/** Runs in the page: a kernel with a store in memory. Code is deployed by its CID and called there, in a Web Worker. */
import {
  composeMessage,
  createGenesis,
  createKernel,
  createKeyRing,
  createSigner,
  encodeDescriptor,
  issueToken,
  joinGrid,
  readReply,
} from 'promisegrid/kernel'
import {
  CODEC,
  createMemoryBackend,
  createStore,
  hashBlock,
  nobleCrypto as crypto,
} from 'promisegrid/promisebase'
import { createWorkerRuntime } from 'promisegrid/runtimes/wasi'

const lines: string[] = []
function tell(line: string): void {
  lines.push(line)
  document.querySelector('#told')?.append(`${line}\n`)
}

const now = Math.floor(Date.now() / 1_000)
const keys = createKeyRing(crypto)
const newSigner = () => createSigner(crypto, 'Ed25519', crypto.random(32))
const [self, root, alice] = [newSigner(), newSigner(), newSigner()]

// ------------------------------------------------------------------------------------------ the node

const store = await createStore({ backend: createMemoryBackend(), crypto })
const founded = {
  name: 'page',
  created: now,
  nonce: crypto.random(16),
  roots: [root.principal],
  threshold: 1,
}
const genesis = createGenesis(crypto, keys, founded)
await joinGrid(store, genesis)
const kernel = await createKernel({
  store,
  crypto,
  signer: self,
  clock: () => Date.now(),
  monotonic: () => performance.now(),
  timer: (ms, fire) => {
    const timer = setTimeout(fire, ms)
    return () => clearTimeout(timer)
  },
  // A guest that does not end is ended with its worker, and the page stays free.
  runtimes: [createWorkerRuntime({ workers: 2 })],
})

// ------------------------------------------------------------------------------------ code, by its CID

const code = new Uint8Array(await (await fetch('/handlers/lz4/lz4.wasm')).arrayBuffer())
const protocol = await store.transact((transaction) =>
  transaction.putBlock(
    encodeDescriptor({
      runtime: 'wasi',
      code: transaction.putBlock(code, CODEC.raw),
      entry: 'reactor',
      methods: ['compress', 'decompress'],
      pure: true,
      imports: [],
      limits: {},
      public: false,
    }),
    CODEC.dagCbor,
  ),
)
tell(`deployed ${hashBlock(crypto.sha256, CODEC.raw, code).toString()}`)

// ------------------------------------------------------------- a promise to alice, and what she asks for

const adoption = await kernel.adopt(root.principal)
const granted = issueToken(crypto, keys, root, {
  grid: kernel.grid,
  holder: alice.principal,
  resource: { kind: 'code', protocol },
  methods: ['compress', 'decompress'],
  caveats: {},
  expires: now + 600,
  parent: adoption.id,
})

async function call(method: string, input: Uint8Array): Promise<Uint8Array> {
  const question = composeMessage(crypto, alice, {
    protocol,
    grid: genesis.cid,
    audience: self.principal,
    issuedAt: now,
    expires: now + 60,
    method,
    arguments: { bytes: input },
    capabilities: [granted.bytes],
  })
  const pending = { ...question, grid: genesis.cid, sender: alice.principal, executors: [self.principal] }
  const { ok, refused } = readReply(crypto, keys, pending, await kernel.dispatch(question.bytes))
  if (ok?.signed !== true || ok.outcome.status !== 'kept')
    throw new Error(refused?.detail ?? 'it was not kept')
  const { bytes } = ok.outcome.result
  if (bytes === undefined) throw new Error('the result is not in the reply')
  return bytes
}

const text = new TextEncoder().encode('the tide comes in, and the tide goes out; '.repeat(100))
const packed = await call('compress', text)
tell(`packed ${text.length} bytes into ${packed.length}`)
const unpacked = await call('decompress', packed)
tell(`unpacked ${unpacked.length}: ${new TextDecoder().decode(unpacked.subarray(0, 17))}`)
await kernel.close()
await store.close()

await fetch('/', { method: 'POST', body: lines.join('\n') })
