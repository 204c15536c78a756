/** lz4: packs bytes and unpacks them again, checked. A reactor in AssemblyScript, without imports. */
import type { Descriptor } from '../../kernel/index.ts'

/** SHA-256 of the committed code, so that a changed binary is noticed before it gets another CID. */
export const CODE_SHA256 = 'e35fceaeceaadff3f2b857485776abd354210f5a4b2cd18ebaa048ecfd6eb3f8'

export const CODE_URL = new URL('./lz4.wasm', import.meta.url)

export const DESCRIPTOR: Omit<Descriptor, 'code'> = {
  name: 'lz4',
  runtime: 'wasi',
  entry: 'reactor',
  methods: ['compress', 'decompress'],
  pure: true,
  public: true,
  imports: [],
  limits: {
    // Up to 130 units a byte of bytes that repeat seldom and in short pieces.
    fuel: 2_000_000_000,
    // The module's own maximum: original, frame and hash table at once.
    memoryBytes: 18 * 1024 * 1024,
    // An original of 8 MiB that does not shrink, and its header.
    outputBytes: 8 * 1024 * 1024 + 16,
  },
}

/** What the negative numbers mean that `compress` and `decompress` answer. */
export const ERRORS: Readonly<Record<number, string>> = {
  [-1]: 'the original is, or claims to be, larger than 8 MiB',
  [-2]: 'the frame is shorter than its header',
  [-3]: 'not a frame of this kind',
  [-4]: 'the size in the header cannot be that of this content',
  [-5]: 'the block is malformed',
  [-6]: 'the checksum does not fit',
  [-7]: 'out of memory',
  [-8]: 'the input is not inside the memory',
}
