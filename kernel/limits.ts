/**
 * Every bound the kernel applies, each with its reason. A bound is checked before the work it bounds.
 * A host may lower them; a grid's policy may lower them further; nothing raises them.
 */
export const LIMITS = {
  /** A message is checked whole and kept in the replay record; larger arguments and results go by CID. */
  messageBytes: 64 * 1024,
  /** Nesting of CBOR items: a parser must never recurse as deep as a stranger likes. */
  cborDepth: 32,
  /** Items of one message: 64 KiB could hold 65,000 of them, and each costs an object. */
  cborItems: 4_096,
  /** Links of a capability chain, adoption included: each costs a signature check. */
  chainLinks: 10,
  /** Bytes of one capability token. */
  tokenBytes: 8 * 1024,
  /** Bytes of a key set, whose block is read whole. */
  keySetBytes: 8 * 1024,
  /** Bytes of all signatures of one key set: a token has to hold them beside its claims. */
  keySetSignatureBytes: 6_912,
  /** Methods named by one capability. */
  methods: 64,
  /** Length of a method, label or space name in UTF-8 bytes. */
  nameBytes: 256,
  /** Arguments named by CID, after joining the parts of a tree: they are copied into a handler's memory. */
  argumentBytes: 16 * 1024 * 1024,
  /** Arguments of all calls that run at one time: a short message can name a long tree. */
  argumentBytesInFlight: 256 * 1024 * 1024,
  /** Code, after joining the parts of a tree: it is read whole, and on most nodes by the thread that serves everyone. */
  codeBytes: 32 * 1024 * 1024,
  /** Inline arguments or results; anything longer travels by CID so that a message keeps its bound. */
  inlineBytes: 32 * 1024,
  /** Slots of an envelope of another protocol that a view is shown. */
  envelopeSlots: 64,
  /** Messages inside one another as arguments: each costs a signature check. */
  nestingDepth: 8,
  /** Constraints on arguments in one capability: each is looked up in the arguments of every call. */
  constraints: 16,
  /** Steps of the path of a constraint. */
  pathSteps: 8,
  /** Values one constraint lists. */
  constraintValues: 32,
  /** Arguments that a constraint looks into: they are decoded to decide, before anyone pays for a run. */
  constrainedBytes: 64 * 1024,
  /** Executors named by one capability, conditions of one promise. */
  principals: 16,
  /** Chains lent to a handler by one message; each has at most `chainLinks` links. */
  tableChains: 16,
  /** Calls of other handlers that one message causes, all levels together. */
  nestedCalls: 64,
  /** Handlers that call one another: each level holds its arguments and its budget. */
  callDepth: 8,
  /** Revocations of one issuer that a node keeps. */
  revocationsPerIssuer: 131_072,
  /** Replay records a node keeps; above it the answer to what needs one is BUSY. */
  replayRecords: 4_194_304,
  /** Unresolved promises a node keeps; who pays for more than a share of them is answered BUSY. */
  promisesOpen: 65_536,
  /** How far ahead a promise may expire. */
  promiseLifetimeSeconds: 366 * 24 * 60 * 60,
  /** Calls that wait for the result of another; one who pays for them alone has a share of half. */
  pendingCalls: 8_192,
  /** Entries of the audit log that are kept; 0 keeps none and writes none. */
  auditEntries: 1_048_576,
  /** How far ahead a message may expire: its replay record is kept that long. */
  messageLifetimeSeconds: 24 * 60 * 60,
  /** How far ahead a capability may expire: revocations are kept that long. */
  tokenLifetimeSeconds: 366 * 24 * 60 * 60,
  /** Clocks of two honest nodes differ; links of a chain get no such allowance. */
  skewSeconds: 60,
  /** A larger forward jump of the node's clock needs its operator. */
  clockJumpSeconds: 24 * 60 * 60,
  /** Messages and calls in flight: above it, and above the share of one who pays, the answer is BUSY. */
  inFlight: 1_024,
  /** Complete messages whose replies are remembered in memory. */
  replyMemo: 4_096,
  /** Signatures whose verdict is remembered, by hash of the complete bytes. */
  verdictMemo: 8_192,
  /** Results kept in memory in front of the store. */
  resultMemo: 1_024,
  /**
   * Fuel of one call at most. Interpreters have one loop for everything, which is paid for whole at every turn:
   * Python takes 8,000,000,000 units until it has begun, in a tenth of a second.
   */
  fuel: 16_000_000_000,
  /** Fuel of one call whose chain states none: some seconds of work; more is granted in words. */
  fuelUnstated: 2_000_000_000,
  /** Memory of one call. */
  memoryBytes: 64 * 1024 * 1024,
  /** Bytes a handler may return. */
  outputBytes: 16 * 1024 * 1024,
  /** Wall time of one call. */
  wallMs: 10_000,
  /** Signed refusals one principal can cause in a minute: a flood must not buy signatures. */
  signedRefusalsPerMinute: 60,
} as const

/** The bounds in force on one node: the table above, each value at most as large. */
export type Limits = { readonly [Name in keyof typeof LIMITS]: number }
