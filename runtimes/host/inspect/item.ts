/** What some bytes turned out to be: for people in rows, for programs in facts, for a comparison in parts. */
import type { Refusal } from '../../../kernel/index.ts'

export type ItemKind =
  | 'message'
  | 'reply'
  | 'foreign'
  | 'refusal'
  | 'capability'
  | 'receipt'
  | 'policy'
  | 'key-statement'
  | 'promise'
  | 'revocation'
  | 'heartbeat'
  | 'assessment'
  | 'cose'
  | 'cbor'

export interface Item {
  readonly kind: ItemKind
  readonly bytes: Uint8Array
  /** A sentence: what it is, and what that means. */
  readonly says: string
  /** What replies, parents and records name it by. */
  readonly id?: string
  readonly verdict: Verdict
  readonly rows: readonly (readonly string[])[]
  readonly facts: object
  readonly parts: readonly Part[]
}

/** What is told of an object besides its verdict; where its form is wrong, its claims are told as they stand. */
export interface Explained extends Partial<Pick<Item, 'rows' | 'facts'>> {
  readonly verdict: Verdict
}

/** Whether it is signed as it says; `open` when that cannot be told from the bytes, and why. */
export type Verdict =
  | { readonly signature: 'holds'; readonly signer: string }
  | { readonly signature: 'broken'; readonly refused: Refusal }
  | { readonly signature: 'open'; readonly because: string }

/** One place where two of a kind can differ. */
export interface Part {
  readonly name: string
  /** In diagnostic notation. */
  readonly value: string
  /** Whether the id is made of it: else others could have changed it, and it is still the same thing. */
  readonly isNamed: boolean
}
