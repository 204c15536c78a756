/** What is promised, and within what: resources, caveats, capabilities. */
import type { CID } from 'multiformats/cid'
import type { Principal } from './principals.ts'

/** What a capability is about (spec/capability.md, "Resource"). */
export type Resource =
  /** Everything the node promises: what an adoption grants. */
  | { readonly kind: 'node'; readonly owner: Principal }
  /** One handler, by exactly the protocol_cid of the message. */
  | { readonly kind: 'code'; readonly protocol: CID }
  /** Keys of a key-value space of the owner that begin with a prefix. */
  | { readonly kind: 'space'; readonly owner: Principal; readonly space: string; readonly prefix: Uint8Array }
  /** Labels of the owner whose name begins with a prefix. */
  | { readonly kind: 'label'; readonly owner: Principal; readonly prefix: string }

/** What one call may use. An absent number is bounded by the host alone. */
export interface Budget {
  /** Metered units of work (spec/handler-abi.md, "Fuel"). */
  readonly fuel?: number
  readonly memoryBytes?: number
  readonly outputBytes?: number
  readonly wallMs?: number
}

/** What constraints compare: the leaves of arguments. */
export type Scalar = string | number | boolean | null | Uint8Array

/** Bounds of a whole number or of a size, both included; at least one is there. */
export interface Interval {
  readonly min?: number
  readonly max?: number
}

/** What one value among the arguments must be: everything that is stated (spec/capability.md, "Arguments"). */
export interface Constraint {
  readonly equals?: Scalar
  readonly oneOf?: readonly Scalar[]
  /** Of a whole number. */
  readonly range?: Interval
  /** Of a text or of bytes. */
  readonly prefix?: string | Uint8Array
  /** Bytes of a text in UTF-8, bytes of a byte string, items of a list, entries of a map. */
  readonly size?: Interval
}

/** Where among the arguments, and what is there. The empty path is the bytes of the arguments themselves. */
export interface ArgumentConstraint {
  readonly path: readonly (string | number)[]
  readonly is: Constraint
}

/** What all uses of a capability together may spend. */
export interface Total {
  readonly calls?: number
  readonly fuel?: number
  readonly outputBytes?: number
}

/** So many calls in each span of so many seconds, counted from 1970. */
export interface Rate {
  readonly calls: number
  readonly seconds: number
}

/** Restrictions a link adds. A caveat that is not one of these refuses the whole chain. */
export interface Caveats {
  readonly budget?: Budget
  /** Sorted by path, each path once. */
  readonly arguments?: readonly ArgumentConstraint[]
  /** Kept by the node in `audience`, which a capability with a total or a rate must name. */
  readonly total?: Total
  readonly rate?: Rate
  /** Nodes that may act under it: sorted, unique. */
  readonly executors?: readonly Principal[]
  /** No capability may be delegated from it. */
  readonly final?: true
  /** How old the news of revocations may be at most, for this promise. */
  readonly feedSeconds?: number
}

/** What a link promises: the part of a capability that may only shrink from link to link. */
export interface Grant {
  readonly resource: Resource
  /** Sorted, unique; `['*']` is every method. */
  readonly methods: readonly string[]
  readonly caveats: Caveats
  /** First second of validity; absent is always. */
  readonly notBefore?: number
  /** First second after validity. */
  readonly expires: number
  /** The one node at which the promise can be claimed, when it names one. */
  readonly audience?: Principal
}

/** A capability token, its form checked and its signature verified. */
export interface Capability extends Grant {
  /** CIDv1 raw sha2-256 of the signed payload: what parents, counters and revocations name. */
  readonly id: CID
  readonly bytes: Uint8Array
  readonly grid: CID
  readonly issuer: Principal
  /** Who may use it: a principal, or whoever has the bytes. */
  readonly holder: Principal | 'bearer'
  readonly parent?: CID
  readonly nonce: Uint8Array
}
